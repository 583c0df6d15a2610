//! Who is answered: a page of this machine that knows the token, and asks for nothing but what this server sends.
//!
//! The token is the first part of every path. It stands in no cookie and in no header that a browser adds by itself, so another site's
//! page cannot use it; a name that another site points at this machine is not a `Host` of ours.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;

/// 128 random bits as text.
pub(crate) fn random() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a request must know.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) token: String,
    pub(crate) port: u16,
}

/// What is sent with every answer.
const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONNECTION, "close"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

impl Guard {
    /// Whether a request is of our page; else what is wrong with it.
    fn check(&self, path: &str, headers: &HeaderMap) -> Result<(), &'static str> {
        let hosts = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        let text = |name: HeaderName| {
            let mut all = headers.get_all(name).iter();
            (all.next().map(HeaderValue::as_bytes), all.next().is_some())
        };
        let (host, has_more) = text(header::HOST);
        let is_ours = |host: &[u8]| hosts.iter().any(|known| known.as_bytes() == host);
        if has_more || !host.is_some_and(is_ours) {
            return Err("this server answers to 127.0.0.1 and localhost alone");
        }
        let (origin, has_more) = text(header::ORIGIN);
        let is_own = |origin: &[u8]| origin.strip_prefix(b"http://").is_some_and(is_ours);
        if has_more || origin.is_some_and(|origin| !is_own(origin)) {
            return Err("pages of other sites are not answered");
        }
        // A browser says so itself where a page of another site asks for more than to be left for this one.
        let says =
            |name: &'static str, value: &str| headers.get(name).is_some_and(|said| said == value);
        if says("sec-fetch-site", "cross-site") && !says("sec-fetch-mode", "navigate") {
            return Err("pages of other sites are not answered");
        }
        let asked = path
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or_default();
        match bool::from(asked.as_bytes().ct_eq(self.token.as_bytes())) {
            true => Ok(()),
            false => Err("this address lacks the token; open the one that shallow studio printed"),
        }
    }
}

/// Lets through what is ours.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.check(request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(why) => (StatusCode::FORBIDDEN, why).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_page_is_answered() {
        let guard = Guard {
            token: "abc".into(),
            port: 80,
        };
        let with = |pairs: &[(HeaderName, &'static str)]| -> HeaderMap {
            let values = pairs
                .iter()
                .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            values.collect()
        };
        let host = (header::HOST, "127.0.0.1:80");
        let is_let_through = |path: &str, pairs: &[_]| guard.check(path, &with(pairs)).is_ok();
        assert!(is_let_through("/abc/", std::slice::from_ref(&host)));
        assert!(is_let_through("/abc/x", &[(header::HOST, "localhost:80")]));
        assert!(is_let_through(
            "/abc/",
            &[host.clone(), (header::ORIGIN, "http://127.0.0.1:80")]
        ));
        let site = |name: &'static str| (HeaderName::from_static("sec-fetch-site"), name);
        let mode = |name: &'static str| (HeaderName::from_static("sec-fetch-mode"), name);
        assert!(is_let_through(
            "/abc/",
            &[host.clone(), site("cross-site"), mode("navigate")]
        ));
        assert!(!is_let_through(
            "/abc/",
            &[host.clone(), site("cross-site"), mode("no-cors")]
        ));
        for path in ["/", "/abd/", "/ab/", "/abcd/", "", "/x/abc/"] {
            assert!(!is_let_through(path, std::slice::from_ref(&host)), "{path}");
        }
        for wrong in [
            "evil.example",
            "evil.example:80",
            "127.0.0.1",
            "127.0.0.1:81",
            "",
        ] {
            assert!(
                !is_let_through("/abc/", &[(header::HOST, wrong)]),
                "{wrong}"
            );
        }
        assert!(!is_let_through("/abc/", &[]));
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1:80",
            "http://127.0.0.1:81",
        ] {
            assert!(
                !is_let_through("/abc/", &[host.clone(), (header::ORIGIN, origin)]),
                "{origin}"
            );
        }
    }

    #[test]
    fn tokens_differ() {
        assert_eq!(random().len(), 32);
        assert_ne!(random(), random());
    }
}
