//! Frames: four bytes of length, most significant first, then the bytes.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// No frame is longer; a longer one means a worker that speaks something else.
const LONGEST: usize = 256 << 20;

/// The bytes as a frame.
pub(super) fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(bytes.len() + 4);
    push_frame(&mut framed, bytes);
    framed
}

/// Adds a frame to a buffer.
pub(super) fn push_frame(buffer: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(bytes);
}

/// Reads one frame.
///
/// # Errors
/// At the end of the stream, and when the length is out of reason.
pub(super) async fn read_frame<R: AsyncRead + Unpin>(reader: &mut R) -> io::Result<Vec<u8>> {
    let length = reader.read_u32().await? as usize;
    if length > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is longer than any may be"));
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).await?;
    Ok(bytes)
}
