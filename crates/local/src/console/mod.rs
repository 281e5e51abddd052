//! The console: pages for a browser on this machine that stand in for the parts of the AWS console that a lesson uses.
//!
//! | part | owns |
//! | --- | --- |
//! | `token`, `session` | who is let in, and what each may see |
//! | `gate` | a browser's request: whose it is, which page it goes to, what is sent back |
//! | `desk` | where pages are made, and what the server was started with |
//! | `request` | paths, queries and forms |
//! | `ask` | the services' own answers, for what a browser may see |
//! | `pages` | one file a page: answers in, a view out |
//! | `page`, `templates/`, `console.css`, `console.js` | views as HTML; whatever is foreign is escaped there |
//! | `live` | what changes while one looks |
//! | `dashboard` | CloudWatch dashboards, drawn and edited |

mod ask;
mod dashboard;
mod desk;
mod gate;
mod live;
mod page;
mod pages;
mod request;
mod session;
mod token;

pub(crate) use gate::Console;
#[cfg(test)]
pub(crate) use page::TEMPLATES;
pub(crate) use token::address;
