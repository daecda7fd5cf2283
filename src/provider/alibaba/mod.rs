//! Alibaba Cloud Chat App Message Service (`cams`), API version 2020-06-06.

pub mod wire;
