//! livechat
