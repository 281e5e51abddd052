//! Texts as the database holds them: Zstandard frames with a checksum, so that one that was damaged is no text.

use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{self, CParameter};

/// Events are alike, so the fastest level that looks for repetitions does nearly all there is to do.
const LEVEL: i32 = 1;
/// What no row's text exceeds.
const LARGEST: usize = 1 << 30;

/// Packs texts, with one working memory for all of them.
pub(super) struct Packer(Compressor<'static>);

impl Packer {
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn new() -> io::Result<Self> {
        let mut compressor = Compressor::new(LEVEL)?;
        compressor.set_parameter(CParameter::ChecksumFlag(true))?;
        Ok(Self(compressor))
    }

    /// # Errors
    /// When there is no memory for it.
    pub(super) fn pack(&mut self, text: &str) -> io::Result<Vec<u8>> {
        self.0.compress(text.as_bytes())
    }
}

/// Unpacks texts, with one working memory for all of them.
pub(super) struct Unpacker(Decompressor<'static>);

impl Unpacker {
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Decompressor::new()?))
    }

    /// The text; nothing where these bytes are not what was packed.
    pub(super) fn unpack(&mut self, bytes: &[u8]) -> Option<String> {
        let size = zstd_safe::get_frame_content_size(bytes).ok()??;
        let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST)?;
        String::from_utf8(self.0.decompress(bytes, size).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_back_and_nothing_else_does() {
        let (mut packer, mut unpacker) = (Packer::new().unwrap(), Unpacker::new().unwrap());
        for text in ["", "x", "é\n\"\\", &"an event like another\n".repeat(10_000)] {
            let frame = packer.pack(text).unwrap();
            assert_eq!(unpacker.unpack(&frame).as_deref(), Some(text));
            for cut in 0..frame.len() {
                assert_eq!(unpacker.unpack(&frame[..cut]), None, "{cut} of {} bytes", frame.len());
            }
            for at in 0..frame.len() {
                let mut other = frame.clone();
                other[at] ^= 1;
                // A bit of the head may mean nothing; what comes out is never another text.
                let found = unpacker.unpack(&other);
                assert!(found.is_none() || found.as_deref() == Some(text), "byte {at} of {}", frame.len());
            }
        }
        assert!(packer.pack(&"an event like another\n".repeat(1000)).unwrap().len() < 200);
    }
}
