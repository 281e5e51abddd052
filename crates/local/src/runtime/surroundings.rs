//! What is around a handler: folders, limits, its parent and its children, the words of Lambda's runtime.
#![expect(clippy::disallowed_methods, reason = "tests lay files as they need them")]

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};

use super::tests::{ID, function, payload};
use super::zygote::Confinement;
use super::{Ran, Runtime};

const ALL: [Confinement; 3] = [Confinement::Namespaces, Confinement::Landlock, Confinement::Nothing];

async fn run_in(confinement: Confinement, python: &str, code: &str, event: Value) -> Ran {
    let (mut function, _folder) = function(code);
    function.runtime = python.into();
    let runtime = Runtime::new(None).confined(confinement);
    let ran = runtime.run(&function, ID, event.to_string().as_bytes()).await.unwrap();
    runtime.shutdown().await;
    ran
}

async fn run(code: &str) -> Ran {
    run_in(Confinement::Namespaces, "python3.13", code, json!({})).await
}

#[tokio::test]
async fn the_package_is_the_working_directory_and_not_writable() {
    for confinement in ALL {
        let (function, folder) = function(
            "import os, subprocess\n\
             beside = open('data.json').read()\n\
             def writes(path):\n\
             \x20   try: open(path, 'w').close()\n\
             \x20   except OSError as error: return error.errno\n\
             def handler(event, context):\n\
             \x20   if not os.path.exists('/tmp/kept'): open('/tmp/kept', 'w').close()\n\
             \x20   return {'beside': beside, 'hidden': open('.hidden').read(), 'tool': subprocess.run(['bin/tool.sh'], capture_output=True, text=True).stdout,\n\
             \x20     'here': os.path.samefile('.', os.environ['LAMBDA_TASK_ROOT']), 'writes': [writes('out.txt'), writes(os.environ['LAMBDA_TASK_ROOT'] + '/app.py')],\n\
             \x20     'tmp': os.listdir('/tmp'), 'real': open('/proc/self/comm').read() != ''}\n",
        );
        let place = folder.path();
        std::fs::create_dir(place.join("bin")).unwrap();
        for (name, text, mode) in [
            ("data.json", "{}", 0o444),
            (".hidden", "h", 0o444),
            ("bin/tool.sh", "#!/bin/sh\necho tool\n", 0o555),
            ("app.py", "", 0o444),
        ] {
            if !text.is_empty() {
                std::fs::write(place.join(name), text).unwrap();
            }
            std::fs::set_permissions(place.join(name), PermissionsExt::from_mode(mode)).unwrap();
        }
        let mode = |mode| {
            std::fs::set_permissions(place, PermissionsExt::from_mode(mode)).unwrap();
        };
        mode(0o555);
        let runtime = Runtime::new(None).confined(confinement);
        for _ in 0..2 {
            let ran = runtime.run(&function, ID, b"{}").await.unwrap();
            let told = payload(&ran);
            assert_eq!(
                (&told["beside"], &told["hidden"], &told["tool"]),
                (&json!("{}"), &json!("h"), &json!("tool\n")),
                "{told}"
            );
            assert_eq!((&told["here"], &told["tmp"]), (&json!(true), &json!(["kept"])), "{confinement:?} {told}");
            // Read-only file system, or permission denied.
            assert!(
                told["writes"].as_array().unwrap().iter().all(|error| [13, 30].contains(&error.as_i64().unwrap())),
                "{told}"
            );
        }
        runtime.shutdown().await;
        mode(0o755);
    }
}

#[tokio::test]
async fn threads_are_no_memory_and_memory_is() {
    let (mut function, _folder) = function(
        "import threading, time\n\
         def handler(event, context):\n\
         \x20   if event['do'] == 'threads':\n\
         \x20       all = [threading.Thread(target=time.sleep, args=(0.2,)) for _ in range(event['count'])]\n\
         \x20       for one in all: one.start()\n\
         \x20       for one in all: one.join()\n\
         \x20   if event['do'] == 'touch': data = b'x' * (event['mib'] << 20)\n\
         \x20   if event['do'] == 'reserve': data = bytearray(event['mib'] << 20)\n\
         \x20   if event['do'] == 'child':\n\
         \x20       import subprocess, sys\n\
         \x20       subprocess.run([sys.executable, '-c', 'import time; x = b\"x\" * (300 << 20); time.sleep(20)'])\n\
         \x20   return 'done'\n",
    );
    function.timeout = Duration::from_secs(20);
    let runtime = Runtime::new(None);
    for (event, enough) in [
        (json!({ "do": "threads", "count": 20 }), true),
        (json!({ "do": "threads", "count": 300 }), true),
        (json!({ "do": "touch", "mib": 60 }), true),
        (json!({ "do": "touch", "mib": 400 }), false),
        (json!({ "do": "reserve", "mib": 4000 }), false),
        (json!({ "do": "child" }), false),
    ] {
        let ran = runtime.run(&function, ID, event.to_string().as_bytes()).await.unwrap();
        if enough {
            assert_eq!(payload(&ran), json!("done"), "{event}");
        } else if cfg!(target_os = "linux") {
            let expected = json!({
                "errorType": "Runtime.OutOfMemory",
                "errorMessage": format!("RequestId: {ID} Error: Runtime exited with error: signal: killed"),
            });
            assert_eq!((payload(&ran), ran.memory_mb, ran.status), (expected, 128, Some("error")), "{event}");
        }
    }
    runtime.shutdown().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_parent_that_does_not_answer_is_replaced() {
    use rustix::process::{Pid, Signal, kill_process};
    let (function, _folder) = function("def handler(event, context):\n    return event\n");
    let runtime = Runtime::new(None);
    assert_eq!(payload(&runtime.run(&function, ID, b"1").await.unwrap()), json!(1));
    for signal in [Signal::STOP, Signal::KILL, Signal::ABORT] {
        let zygote = runtime.warm_zygote().await.unwrap();
        kill_process(Pid::from_raw(i32::try_from(zygote.pid().unwrap()).unwrap()).unwrap(), signal).unwrap();
        drop(zygote);
        runtime.retire(&function.arn);
        for number in 2..4 {
            let ran = runtime.run(&function, ID, number.to_string().as_bytes()).await.unwrap();
            assert_eq!(payload(&ran), json!(number), "{signal:?}");
        }
    }
    runtime.shutdown().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_handler_that_stops_its_parent_harms_nobody_else() {
    let (stopping, _folder) = function(
        "import os, signal\n\
         def handler(event, context):\n\
         \x20   parent = os.getppid()\n\
         \x20   grand = int(open('/proc/%d/stat' % parent).read().rpartition(')')[2].split()[1])\n\
         \x20   for pid in (grand, parent):\n\
         \x20       try: os.kill(pid, signal.SIGSTOP)\n\
         \x20       except OSError: pass\n\
         \x20   return 'done'\n",
    );
    let (mut other, _folder) = function("def handler(event, context):\n    return event\n");
    other.arn.push_str("-other");
    for confinement in ALL {
        let runtime = Runtime::new(None).confined(confinement);
        let _ = runtime.run(&stopping, ID, b"0").await.unwrap();
        assert_eq!(payload(&runtime.run(&other, ID, b"7").await.unwrap()), json!(7), "{confinement:?}");
        runtime.shutdown().await;
    }
}

/// How many processes have this among their arguments.
fn count_of(argument: &str) -> usize {
    let lines = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = lines.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.split(|byte| *byte == 0).any(|part| part == argument.as_bytes())).count()
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn children_end_with_their_function_wherever_they_hide() {
    for (number, confinement) in ALL.into_iter().enumerate() {
        // An argument that nothing else on the machine has.
        let mark = format!("600.{}{number}", std::process::id());
        let (function, _folder) = function(&format!(
            "import os, subprocess\n\
             def handler(event, context):\n\
             \x20   subprocess.Popen(['sleep', '{mark}'])\n\
             \x20   subprocess.Popen(['sleep', '{mark}'], start_new_session=True, env={{}})\n\
             \x20   if os.fork() == 0:\n\
             \x20       os.setsid()\n\
             \x20       if os.fork() == 0: os.execvp('sleep', ['sleep', '{mark}'])\n\
             \x20       os._exit(0)\n\
             \x20   os.wait()\n",
        ));
        let runtime = Runtime::new(None).confined(confinement);
        runtime.run(&function, ID, b"{}").await.unwrap();
        for _ in 0..500 {
            if count_of(&mark) == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(count_of(&mark), 3, "{confinement:?}");
        runtime.retire(&function.arn);
        for _ in 0..500 {
            if count_of(&mark) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(count_of(&mark), 0, "{confinement:?}");
        runtime.shutdown().await;
    }
}

#[tokio::test]
async fn results_are_written_as_lambdas_runtime_writes_them() {
    for (expression, python, expected) in [
        ("[Decimal('1.10'), Decimal('1E+2'), {'a': Decimal('-0.00')}]", "python3.13", r#"[1.10, 1E+2, {"a": -0.00}]"#),
        ("'größe 🎓'", "python3.13", "\"größe 🎓\""),
        ("'größe 🎓'", "python3.12", "\"größe 🎓\""),
        ("'größe 🎓'", "python3.11", r#""gr\u00f6\u00dfe \ud83c\udf93""#),
        ("'ü'", "python3.9", r#""\u00fc""#),
        ("namedtuple('P', 'x y')(1, [namedtuple('Q', 'z')(2)])", "python3.13", r#"{"x": 1, "y": [{"z": 2}]}"#),
        (
            "{b'k': b'v', 1: None, None: True, 1.5: (1, 2)}",
            "python3.13",
            r#"{"k": "v", "1": null, "null": true, "1.5": [1, 2]}"#,
        ),
        ("b'raw'", "python3.13", "raw"),
        ("float('nan')", "python3.13", "NaN"),
    ] {
        let code = format!(
            "from decimal import Decimal\nfrom collections import namedtuple\ndef handler(event, context):\n    return {expression}\n"
        );
        let ran = run_in(Confinement::Namespaces, python, &code, json!({})).await;
        assert_eq!(String::from_utf8_lossy(&ran.payload), expected, "{expression} {python}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_says_so_in_lambdas_words() {
    for (expression, words) in [
        ("{1, 2}", "Object of type set is not JSON serializable"),
        ("datetime.datetime.now()", "Object of type datetime is not JSON serializable"),
        ("bytearray(b'x')", "Object of type bytearray is not JSON serializable"),
        ("{(1, 2): 3}", "keys must be str, int, float, bool or None, not tuple"),
        ("round_trip()", "Circular reference detected"),
    ] {
        let code = format!(
            "import datetime\ndef round_trip():\n    a = []\n    a.append(a)\n    return a\ndef handler(event, context):\n    return {expression}\n"
        );
        let told = payload(&run(&code).await);
        let expected = json!({
            "errorMessage": format!("Unable to marshal response: {words}"), "errorType": "Runtime.MarshalError", "requestId": ID, "stackTrace": [],
        });
        assert_eq!(told, expected, "{expression}");
    }
}

#[tokio::test]
async fn errors_while_loading_have_an_empty_request_and_no_path_of_this_machine() {
    for (code, kind) in [
        ("raise ValueError('at load')\n", "ValueError"),
        ("def handler(:\n", "Runtime.UserCodeSyntaxError"),
        ("from app import handler\n", "Runtime.ImportModuleError"),
        ("import nothing_like_it\n", "Runtime.ImportModuleError"),
        ("open('absent.json')\n", "FileNotFoundError"),
    ] {
        for confinement in ALL {
            let (function, folder) = function(code);
            let runtime = Runtime::new(None).confined(confinement);
            let ran = runtime.run(&function, ID, b"{}").await.unwrap();
            let told = payload(&ran);
            assert_eq!((&told["errorType"], &told["requestId"]), (&json!(kind), &json!("")), "{told}");
            let place = folder.path().to_string_lossy().into_owned();
            assert!(!told.to_string().contains(&place) && !ran.lines.concat().contains(&place), "{told}");
            if kind != "Runtime.ImportModuleError" {
                assert!(told["stackTrace"].to_string().contains("/var/task/app.py"), "{told}");
            }
            runtime.shutdown().await;
        }
    }
}

#[tokio::test]
async fn ends_of_the_process_are_told_as_on_aws() {
    for (statement, words) in [
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit()", "Runtime exited without providing a reason"),
        ("sys.exit('no stock')", "Runtime exited with error: exit status 1"),
        ("raise KeyboardInterrupt", "Runtime exited with error: signal: interrupt"),
        ("raise GeneratorExit", "Runtime exited with error: exit status 1"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
    ] {
        // A process that is killed takes a line without an end with it.
        let end = if statement.starts_with("os.") { "\\n" } else { "" };
        let ran = run(&format!(
            "import os, sys\ndef handler(event, context):\n    print('so far', end='{end}')\n    {statement}\n"
        ))
        .await;
        let told = payload(&ran);
        assert_eq!(told["errorMessage"], json!(format!("RequestId: {ID} Error: {words}")), "{statement}");
        assert_eq!(told["errorType"], json!("Runtime.ExitError"));
        assert!(ran.lines[0].starts_with("so far"), "what was printed is kept: {:?}", ran.lines);
    }
}

#[tokio::test]
async fn a_large_error_is_cut_and_a_record_is_one_event() {
    let told = run("def handler(event, context):\n    raise ValueError('ü' * 10_000_000)\n").await;
    assert!(told.payload.len() <= 6_291_556 && told.payload.len() > 6_000_000, "{}", told.payload.len());
    assert_eq!(payload(&told)["errorType"], json!("ValueError"));
    let ran = run(
        "import logging\ndef handler(event, context):\n    try: 1 / 0\n    except ZeroDivisionError: logging.exception('no')\n    raise LookupError('two\\nlines')\n",
    )
    .await;
    assert_eq!(ran.lines.len(), 2, "{:?}", ran.lines);
    assert!(
        ran.lines[0].starts_with("[ERROR]\t2")
            && ran.lines[0].contains("\tno\nTraceback (most")
            && ran.lines[0].ends_with("by zero")
    );
    assert!(
        ran.lines[1].contains("\n\u{a0}\u{a0}File \"/var/task/app.py\", line 5, in handler\n"),
        "{:?}",
        ran.lines[1]
    );
}

#[tokio::test]
async fn the_context_is_lambdas_and_a_handler_that_cannot_be_called_is_told() {
    let ran = run(
        "def handler(event, context):\n    return [context.function_name, context.identity.cognito_identity_id, context.client_context, context.tenant_id, repr(context)[:14]]\n",
    )
    .await;
    assert_eq!(payload(&ran), json!(["f", null, null, null, "LambdaContext("]));
    for (code, words) in [
        ("handler = 5\n", "'int' object is not callable"),
        ("def handler(event): pass\n", "handler() takes 1 positional argument but 2 were given"),
    ] {
        let told = payload(&run(code).await);
        assert_eq!((&told["errorMessage"], &told["errorType"]), (&json!(words), &json!("TypeError")));
        assert!(told["stackTrace"][0].as_str().unwrap().contains("/var/runtime/bootstrap.py"), "{told}");
    }
}
