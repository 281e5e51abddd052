//! What a handler sees that is not its function: two dozen harmless tries, with each means there is to keep it from that.
//! `docs/endpoints.md` has the table.
#![expect(clippy::disallowed_methods, reason = "tests lay files as they need them")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::tests::{ID, function, payload};
use super::zygote::Confinement;
use super::{Function, Runtime};

const WAYS: &str = include_str!("ways.py");
const SECRET: &str = "the-instructors-secret-4711";

/// Everything the handler looks for, laid out as an endpoint's store and an instructor's home.
struct World {
    place: tempfile::TempDir,
    process: Child,
    left: String,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let write = |path: &str, mode: u32| {
            let path = place.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, SECRET).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        };
        write("store/endpoint.json", 0o600);
        write("home/.aws/credentials", 0o600);
        write("store/lambda-code/theirs/other.py", 0o444);
        std::fs::create_dir(place.path().join("store/lambda-code/ours")).unwrap();
        std::fs::write(place.path().join("store/lambda-code/ours/app.py"), WAYS).unwrap();
        for folder in ["store/lambda-code/ours", "store/lambda-code/theirs"] {
            std::fs::set_permissions(place.path().join(folder), PermissionsExt::from_mode(0o555)).unwrap();
        }
        // It waits for a line that never comes.
        let process = Command::new("sh")
            .args(["-c", "read line", SECRET])
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let left = place.path().file_name().unwrap().to_string_lossy().into_owned();
        Self { place, process, left }
    }

    fn function(&self, name: &str) -> Function {
        let (mut function, _) = function("");
        function.code = self.place.path().join("store/lambda-code").join(name);
        function.arn.push_str(name);
        function
    }

    fn event(&self, runtime: &Path) -> Value {
        json!({
            "secret": SECRET, "endpoint": std::process::id(), "keys": self.place.path().join("store/endpoint.json"),
            "credentials": self.place.path().join("home/.aws/credentials"), "left": self.left, "socket": runtime.join("socket"),
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(Path::new("/tmp").join(&self.left));
        for folder in ["store/lambda-code/ours", "store/lambda-code/theirs"] {
            let _ = std::fs::set_permissions(self.place.path().join(folder), PermissionsExt::from_mode(0o755));
        }
    }
}

/// What a handler saw or did that it should not, and what kept it.
async fn seen(most: Confinement) -> (Vec<String>, String) {
    let world = World::new();
    // The system's own, where it is there: root's may be where no other user may look.
    let system = Path::new("/usr/bin/python3");
    let runtime = Runtime::new(system.exists().then_some(system)).confined(most);
    let zygote = runtime.warm_zygote().await.unwrap();
    let (folder, confinement) = (zygote.folder().to_owned(), zygote.confinement().to_owned());
    drop(zygote);
    let ours = world.function("ours");
    let mut other = world.function("ours");
    other.arn.push_str("-other");
    let mut leaving = world.event(&folder);
    leaving["leave"] = json!(true);
    let left = runtime.run(&other, ID, leaving.to_string().as_bytes()).await.unwrap();
    assert!(!left.failed, "{left:?}");
    let ran = runtime.run(&ours, ID, world.event(&folder).to_string().as_bytes()).await.unwrap();
    assert!(!ran.failed, "{ran:?}");
    runtime.shutdown().await;
    (serde_json::from_value(payload(&ran)).unwrap(), confinement)
}

async fn check() {
    crate::endpoint::hide_own_memory();
    let root = rustix::process::geteuid().is_root();
    let (names, kept) = seen(Confinement::Namespaces).await;
    if kept.starts_with("namespaces") {
        assert_eq!(names, [""; 0], "{kept}");
    }
    let (names, kept) = seen(Confinement::Landlock).await;
    if kept.starts_with("Landlock") {
        // The socket takes nobody who does not know the number of a worker that is awaited.
        assert!(names.iter().all(|name| name == "the socket that workers come from"), "{kept}: {names:?}");
    }
    let (names, kept) = seen(Confinement::Nothing).await;
    if root && kept.ends_with("a user of its own") {
        let known = [
            "arguments of the user's other processes",
            "packages of other functions",
            "the list of the machine's processes",
        ];
        assert!(names.iter().all(|name| known.contains(&name.as_str())), "{kept}: {names:?}");
    }
    if root && !kept.ends_with("a user of its own") {
        return;
    }
    let closed = [
        "environment of the endpoint",
        "memory of the endpoint",
        "memory of the endpoint, copied",
        "open files of the endpoint",
        "file tree of the endpoint",
        "a write into its own package",
        "becoming root",
        "a file that another function left in `/tmp`",
    ];
    assert!(!names.iter().any(|name| closed.contains(&name.as_str())), "{kept}: {names:?}");
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_handler_sees_its_function_and_nothing_else() {
    check().await;
}

#[tokio::test]
#[ignore = "is started as an ordinary user by the test below"]
async fn an_ordinary_user() {
    assert!(!rustix::process::geteuid().is_root());
    check().await;
}

#[test]
#[cfg(target_os = "linux")]
fn so_it_is_for_an_ordinary_user_where_root_runs_the_tests() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o777)).unwrap();
    // A copy: the folder of the build may be root's alone.
    let tests = place.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &tests).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=54321", "--regid=54321", "--clear-groups"])
        .arg(&tests)
        .args(["--ignored", "--exact", "runtime::confined::an_ordinary_user"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TMPDIR", place.path())
        .current_dir("/")
        .output();
    let Ok(output) = output else { return };
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
