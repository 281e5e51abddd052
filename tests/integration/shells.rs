//! Completions as the shells themselves complete: Bash, and Zsh and Fish where they are installed.
#![expect(clippy::print_stdout, reason = "a test that is left out says so")]

use std::process::{Command, Stdio};

use crate::harness::{MANIFEST, Ran, Test};

#[test]
fn completions_for_each_shell() {
    let test = Test::empty();
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef labctl"), ("fish", "complete -c labctl")] {
        let script = test.expect(0, &["completions", shell]).stdout;
        assert!(script.contains(word) && script.contains("bulk-test"), "{shell}");
    }
    test.refuses(64, &["completions", "cmd"], &["'cmd'", "bash"]);
}

/// What Bash offers for a command line, word by word; the last one is completed.
fn completed(test: &Test, words: &[&str]) -> Vec<String> {
    let script = "source <(\"$1\" completions bash); COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_LINE=\"$*\"; \
        _labctl_names \"$1\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    let labctl = test.command(&[]).get_program().to_owned();
    bash.current_dir(test.folder()).args(["-c", script, "bash"]).arg(labctl).args(words);
    let ran: Ran = bash.output().unwrap().into();
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn names_of_the_manifest_complete_in_bash() {
    let test = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\ngroup = \"monday\"\n"));
    assert_eq!(completed(&test, &["run", "call"]), ["callback-workflow"]);
    assert_eq!(completed(&test, &["run", "express-workflow", "--input", ""]), ["realtime-purchase-test"]);
    assert_eq!(completed(&test, &["run", "callback-workflow", "--scenario", "callback-f"]), ["callback-failure"]);
    assert_eq!(completed(&test, &["status", "--user", "a"]), ["ann"]);
    assert_eq!(completed(&test, &["status", "--user", "ann,us"]), ["ann,user3"]);
    assert_eq!(completed(&test, &["status", "--user", "=", "us"]), ["user3"], "Bash breaks words at equals signs");
    assert_eq!(completed(&test, &["status", "--group", ""]), ["monday"]);
    assert_eq!(completed(&test, &["logs", "--function", "pay"]), ["payment-processor"]);
    assert_eq!(completed(&test, &["trace", "ann", ":", "la"]), ["last", "last-failed"], "Bash breaks words at colons");
    assert_eq!(completed(&test, &["deploy", "--can"]), ["--canary"], "options as before");
    assert_eq!(completed(&Test::empty(), &["run", "call"]), [""], "without a manifest there are no names");
}

/// Lines that Zsh completes in a shell of its own on a pseudo terminal, with every match put into the line. `$1` is a folder with `_labctl` and
/// `bin/labctl`.
const ZSH: &str = r#"
zmodload zsh/zpty
folder=$1; shift
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= RPS1=; stty -echo; unsetopt prompt_cr prompt_sp beep; unset zle_bracketed_paste
path=($folder/bin \$path) fpath=($folder \$fpath); autoload -U compinit; compinit -u -D
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
zle -C all-matches complete-word _generic; bindkey '^Xa' all-matches
shown() { print -r -- \"\$BUFFER\" >> $folder/found; BUFFER= }; zle -N shown; bindkey '^Xs' shown
: > $folder/ready"
drain() { while zpty -r -t shell > /dev/null; do :; done }
until [[ -e $folder/ready ]]; do sleep 0.05; drain; done
for line; do
  : > $folder/found
  zpty -w -n shell "$line"$'\x18a\x18s'
  until [[ -s $folder/found ]]; do sleep 0.05; drain; done
  print -r -- "$(<$folder/found)"
done
zpty -d shell
"#;

const FISH: &str = r"
set folder $argv[1]
set PATH $folder/bin $PATH
source $folder/labctl.fish
for line in $argv[2..-1]
    echo (complete -C $line | string split -f1 \t)
end
";

/// What a shell makes of lines, one after the other; none where it is not installed.
fn in_shell(test: &Test, shell: &[&str], script: &str, lines: &[&str]) -> Option<Vec<String>> {
    let installed = Command::new(shell[0]).arg("--version").stdin(Stdio::null()).output();
    if installed.is_err() {
        println!("not tried: {} is not installed", shell[0]);
        return None;
    }
    let folder = test.path("shell");
    std::fs::create_dir_all(folder.join("bin")).unwrap();
    std::os::unix::fs::symlink(test.command(&[]).get_program(), folder.join("bin/labctl")).unwrap();
    for (name, shell) in [("_labctl", "zsh"), ("labctl.fish", "fish")] {
        std::fs::write(folder.join(name), test.expect(0, &["completions", shell]).stdout).unwrap();
    }
    test.write("shell/script", script);
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(folder.join("script")).arg(&folder).args(lines);
    let home = test.path("home");
    let ran: Ran = command.current_dir(test.folder()).env("HOME", home).stdin(Stdio::null()).output().unwrap().into();
    assert_eq!(ran.stderr, "", "{shell:?}");
    Some(ran.stdout.lines().map(|line| line.trim_end().to_owned()).collect())
}

fn class() -> Test {
    Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\ngroup = \"monday\"\n"))
}

#[test]
fn names_of_the_manifest_complete_in_zsh() {
    let asked = [
        ("labctl run call", "labctl run callback-workflow"),
        (
            "labctl run callback-workflow --scenario callback-f",
            "labctl run callback-workflow --scenario callback-failure",
        ),
        ("labctl deploy --user ", "labctl deploy --user ann user3"),
        ("labctl status --user ann,us", "labctl status --user ann,user3"),
        ("labctl status --user=us", "labctl status --user=user3"),
        ("labctl trace ann:la", "labctl trace ann:last ann:last-failed"),
        ("labctl bulk", "labctl bulk-test"),
        ("labctl deploy --can", "labctl deploy --canary="),
    ];
    let found = in_shell(&class(), &["zsh", "-f"], ZSH, &asked.map(|(line, _)| line));
    let expected = asked.map(|(_, whole)| whole.to_owned());
    assert!(found.as_ref().is_none_or(|found| found == &expected), "{found:#?}");
}

#[test]
fn names_of_the_manifest_complete_in_fish() {
    let asked = [
        ("labctl run call", "callback-workflow"),
        ("labctl run callback-workflow --scenario callback-f", "callback-failure"),
        ("labctl deploy --user ", "ann user3"),
        ("labctl status --user ann,us", "ann,user3"),
        ("labctl status --user=us", "--user=user3"),
        ("labctl status --group ", "monday"),
        ("labctl run express-workflow --input real", "realtime-purchase-test"),
        ("labctl trace ann:la", "ann:last ann:last-failed"),
        ("labctl bulk", "bulk-test"),
        ("labctl deploy --can", "--canary"),
    ];
    let found = in_shell(&class(), &["fish", "--no-config"], FISH, &asked.map(|(line, _)| line));
    let expected = asked.map(|(_, whole)| whole.to_owned());
    assert!(found.as_ref().is_none_or(|found| found == &expected), "{found:#?}");
}
