//! Pages of memory.

/// Asks the kernel for ordinary pages, also where the allocator would have huge ones: those count whole though little of them is
/// used, which is half of what a bulk test takes. <https://man7.org/linux/man-pages/man2/PR_SET_THP_DISABLE.2const.html>
///
/// What this process starts inherits it. Elsewhere than on Linux there is nothing to ask for.
pub fn use_ordinary_pages() {
    #[cfg(target_os = "linux")]
    // A kernel that does not know it gives huge pages, which is no harm.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
