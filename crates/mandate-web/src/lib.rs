//! mandate-web
