//! `labctl console`: addresses that a browser of this machine opens, here without one.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;

use crate::harness::{MANIFEST, Test, finish, signal, wait_until};
use crate::server::Server;

const CLASS: &str = "\n[[users]]\nname = \"user4\"\n";

/// A server on the store that commands look for.
fn serve(test: &Test) -> Server {
    Server::on(test, "out/local", &[])
}

/// A request; the answer's head and body.
fn send(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (String, String) {
    let host = server.url.trim_start_matches("http://");
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(request, "{name}: {value}\r\n");
    }
    let _ = write!(request, "content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Exchanges the token of an address; the status, and the cookie if one was given.
fn sign_in(server: &Server, address: &str) -> (String, Option<String>) {
    let token = address.trim().strip_prefix(&format!("{}/_console/#", server.url)).unwrap();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [("origin", server.url.as_str()), form];
    let (head, _) = send(server, "POST", "/_console/session", &headers, &format!("token={token}"));
    let cookie = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next().unwrap().to_owned())
    });
    (head.split(' ').nth(1).unwrap().to_owned(), cookie)
}

fn status(server: &Server, cookie: &str, path: &str) -> String {
    let (head, _) = send(server, "GET", path, &[("cookie", cookie)], "");
    head.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn an_address_opens_the_console_once_and_a_students_shows_the_students_own() {
    let test = Test::with_manifest(&format!("{MANIFEST}{CLASS}"));
    let server = serve(&test);
    test.expect(0, &["deploy", "--all", "--through", "task-3"]);
    let page = |user: &str| format!("/_console/us-east-1/machines/{user}-order-processing-workflow");

    let instructor = test.expect(0, &["console"]).stdout;
    assert_eq!(instructor.lines().count(), 1, "{instructor}");
    let (_, cookie) = sign_in(&server, &instructor);
    let cookie = cookie.unwrap();
    assert_eq!([status(&server, &cookie, &page("user3")), status(&server, &cookie, &page("user4"))], ["200", "200"]);
    assert_eq!(sign_in(&server, &instructor), ("403".to_owned(), None), "a token opens once");

    let students = test.expect(0, &["console", "--user", "user3"]).stdout;
    let cookie = sign_in(&server, &students).1.unwrap();
    assert_eq!([status(&server, &cookie, &page("user3")), status(&server, &cookie, &page("user4"))], ["200", "404"]);
    let other = students.trim().replace("user3-", "user4-");
    assert_eq!(sign_in(&server, &other), ("403".to_owned(), None), "a token is the user's whom it was made for");
}

#[test]
fn several_users_have_a_line_each() {
    let test = Test::with_manifest(&format!("{MANIFEST}{CLASS}"));
    let server = serve(&test);
    let lines = test.expect(0, &["console", "--all"]).stdout;
    let rows: Vec<(&str, &str)> = lines.lines().map(|line| line.split_once('\t').unwrap()).collect();
    assert_eq!(rows.iter().map(|(user, _)| *user).collect::<Vec<_>>(), ["user3", "user4"]);
    assert!(
        rows.iter().all(|(user, address)| address.starts_with(&server.url) && address.ends_with(&format!("{user}-")))
    );
    let document = test.json(0, &["console", "--all"]);
    assert_eq!([&document["users"][0]["user"], &document["users"][1]["user"]], ["user3", "user4"]);
    assert_eq!(document.get("address"), None);
    let document = test.json(0, &["console", "--user", "user4"]);
    assert_eq!((&document["user"], document.get("users")), (&"user4".into(), None));
    assert!(document["address"].as_str().unwrap().starts_with(&server.url), "{document}");
    test.expect(64, &["console", "--user", "usr3"]).says(&["no user `usr3`", "did you mean `user3`?"]);
    test.expect(64, &["console", "--all", "--open"]).says(&["2 users"]);
}

#[test]
fn without_a_server_or_at_aws_it_says_what_to_do() {
    let test = Test::new();
    test.expect(1, &["console"]).says(&["no server runs", "labctl local serve"]);
    assert_eq!(test.run(&["console"]).stdout, "");
    let says = ["console of its own", "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1"];
    test.expect(64, &["console", "--target", "aws", "--region", "eu-west-1"]).says(&says);
    test.expect(64, &["console", "--user", "user3", "--target", "aws", "--region", "eu-west-1"]).says(&says);
    let elsewhere = ["console", "--endpoint-url", "http://127.0.0.1:1"];
    test.expect(64, &elsewhere).says(&["`http://127.0.0.1:1`", "--target local"]);
    // A lab that goes to this very server by its address can be looked at.
    let server = serve(&test);
    test.expect(0, &["console", "--endpoint-url", &server.url]);
    let apart = Server::on(&test, "apart", &[]);
    let address = Test::empty().command(&["console", "--store"]).arg(test.path("apart")).output().unwrap();
    assert!(String::from_utf8(address.stdout).unwrap().starts_with(&apart.url));
}

#[test]
fn the_address_is_opened_in_the_users_browser_where_there_is_one() {
    let test = Test::new();
    let browser = test.path("browser");
    test.write("browser", "#!/bin/sh\nprintf '%s' \"$2\" > opened.part && mv opened.part opened\n");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let test = test.env("BROWSER", &format!("no-such-browser:{} --new %s", browser.display()));
    let opened = || {
        wait_until("the browser has been started", || test.path("opened").exists());
        let address = test.read("opened");
        std::fs::remove_file(test.path("opened")).unwrap();
        address
    };
    let child = test.spawn(&["local", "serve", "--open"]);
    let served = opened();
    assert!(served.starts_with("http://127.0.0.1:") && served.contains("/_console/#"), "{served}");
    let printed = test.expect(0, &["console", "--open"]).stdout;
    assert_eq!(opened(), printed.trim());
    assert_ne!(printed.trim(), served, "each address is another one");
    signal(&child, Signal::INT);
    let ran = finish(child);
    assert_eq!(ran.code, 0);
    ran.says(&[&served]);
}

#[test]
fn where_no_browser_can_be_opened_the_address_is_there_all_the_same() {
    let test = Test::new().env("BROWSER", "no-such-browser");
    let server = serve(&test);
    let ran = test.expect(0, &["console", "--open"]);
    assert!(ran.stdout.starts_with(&server.url), "{}", ran.stdout);
    ran.says(&["no browser was opened", "`no-such-browser`"]);
    if cfg!(target_os = "linux") {
        let test = Test::empty();
        let _server = serve(&test);
        test.expect(0, &["console", "--open"]).says(&["no display"]);
    }
}
