//! What a handler prints.

/// How much of one request's output is kept; a flood beyond it is counted and dropped.
const KEPT: usize = 4 << 20;

/// The longest log event CloudWatch Logs takes.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LONGEST_LINE: usize = 256 << 10;

/// Stands for a line's end inside one log event.
const INNER_LINE_END: char = '\u{1e}';

/// Bytes as they came out of the worker.
#[derive(Debug, Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    dropped: usize,
}

impl Output {
    /// Takes more bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.bytes.len());
        let (kept, dropped) = bytes.split_at(room.min(bytes.len()));
        self.bytes.extend_from_slice(kept);
        self.dropped += dropped.len();
    }

    /// The lines, each a log event; bytes that are no UTF-8 are replaced.
    pub(super) fn into_lines(self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .flat_map(|line| line.chunks(LONGEST_LINE))
            .map(|line| String::from_utf8_lossy(line).replace(INNER_LINE_END, "\n"))
            .collect();
        if self.dropped > 0 {
            lines.push(format!(
                "the local endpoint keeps {KEPT} bytes of a request's output; {} more were dropped",
                self.dropped
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, LONGEST_LINE, Output};

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut output = Output::default();
        for piece in pieces {
            output.push(piece);
        }
        output.into_lines()
    }

    #[test]
    fn a_line_may_come_in_pieces_and_need_not_end() {
        assert_eq!(lines(&[b"one\ntw", b"o\n\nthree"]), ["one", "two", "three"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(lines(&[b"\xff\xfe\n\xc3\xbc"]), ["\u{fffd}\u{fffd}", "ü"]);
    }

    #[test]
    fn a_flood_is_cut_and_says_so() {
        let flood = vec![b'x'; KEPT + 7];
        let lines = lines(&[&flood]);
        assert_eq!(lines.len(), KEPT / LONGEST_LINE + 1);
        assert!(lines.last().unwrap().ends_with("; 7 more were dropped"), "{lines:?}");
    }
}
