//! How much an answer may hold, how long it may take, and where our credentials go.

use std::io::Read as _;
use std::net::TcpListener;

use super::granted::{is_app, serve_granted};
use super::*;

/// A gzip stream of so many zeros at least, and no end: 258 of them in each 13 bits (RFC 1951,
/// section 3.2.6).
fn bomb(zeros: usize) -> Vec<u8> {
    let mut bits = vec![true, true, false];
    // The literal 0, and then again and again the 258 bytes from one byte before.
    bits.extend([false, false, true, true, false, false, false, false]);
    let again = [true, true, false, false, false, true, false, true];
    for _ in 0..=(zeros / 258) {
        bits.extend(again);
        bits.extend([false; 5]);
    }
    let packed = bits.chunks(8).map(|byte| {
        let bits = byte.iter().rev();
        bits.fold(0, |byte, bit| (byte << 1) | u8::from(*bit))
    });
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    header.into_iter().chain(packed).collect()
}

#[tokio::test]
async fn what_is_small_on_the_wire_and_large_unpacked_is_cut_off() {
    let packed = bomb(LARGEST_BODY + 1);
    assert!(packed.len() < LARGEST_BODY / 100);
    let (_server, transport) = serve(move |_| {
        ResponseTemplate::new(200)
            .insert_header("content-encoding", "gzip")
            .set_body_bytes(packed.clone())
    })
    .await;
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert_eq!(lost.failure.kind, FailureKind::Protocol, "{}", lost.failure);
    assert!(lost.failure.what.contains("larger than 32 MiB"));
}

/// Accepts connections, reads what comes, answers the start of an answer and holds the line.
fn stalling(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
            held.push(stream);
        }
    });
    port
}

/// One try, by clients and a patience that end soon, each for its own reason.
fn impatient(url: &str, exchange: u64, idle: u64) -> Transport {
    Transport {
        patience: Patience {
            tries: 1,
            exchange: Duration::from_millis(exchange),
            idle: Duration::from_millis(idle),
            ..patience()
        },
        clients: Arc::new(Clients::connecting_within(Duration::from_millis(50))),
        ..transport(url)
    }
}

const LONG: u64 = 60_000;

#[tokio::test]
async fn nobody_is_waited_for_without_an_end() {
    // Connected, and no TLS comes: nothing was sent.
    let port = stalling(b"");
    let transport = impatient(&format!("https://127.0.0.1:{port}"), LONG, LONG);
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert!(!lost.sent && lost.failure.kind == FailureKind::Unavailable);
    // No answer.
    let transport = impatient(&format!("http://127.0.0.1:{port}"), 50, LONG);
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert!(
        lost.sent && lost.failure.what.contains("no answer in time"),
        "{lost:?}"
    );
    // Half an answer.
    let half = stalling(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{");
    let transport = impatient(&format!("http://127.0.0.1:{half}"), LONG, 50);
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert!(
        lost.sent && lost.failure.what.contains("stopped"),
        "{lost:?}"
    );
}

#[tokio::test]
async fn an_answer_that_drips_ends_with_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
        // Until the other side hangs up.
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let transport = impatient(&format!("http://127.0.0.1:{port}"), 200, LONG);
    let lost = transport.send(&read(), "reading").await.unwrap_err();
    assert!(
        lost.sent && lost.failure.what.contains("no answer in time"),
        "{lost:?}"
    );
}

#[tokio::test]
async fn a_token_endpoint_that_redirects_gets_us_nowhere_else() {
    let (other, _) = serve(|_| ResponseTemplate::new(200)).await;
    let elsewhere = other.uri();
    for status in [301, 302, 303, 307, 308] {
        let to = elsewhere.clone();
        let (server, transport) = serve_granted(schemes::BOX, move |_| {
            ResponseTemplate::new(status).insert_header("location", to.as_str())
        })
        .await;
        let lost = transport.send(&read(), "reading").await.unwrap_err();
        assert_eq!(lost.failure.kind, FailureKind::Protocol);
        assert!(lost.failure.what.contains("redirect"), "{lost:?}");
        let received = server.received_requests().await.unwrap();
        assert!(!received.iter().any(is_app));
    }
    assert!(other.received_requests().await.unwrap().is_empty());
}
