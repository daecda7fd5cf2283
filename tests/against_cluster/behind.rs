//! A cluster behind a proxy, as laptops and runners of companies have it.

use std::io::{BufRead as _, BufReader, Write as _, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use waops::simulator::sandbox;

use crate::house::{House, code, plane};

/// A proxy that makes tunnels, and counts them.
fn proxy() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, tunnels) = (listener.local_addr().unwrap().to_string(), Arc::<AtomicUsize>::default());
    let count = tunnels.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let count = count.clone();
            thread::spawn(move || tunnel(client, &count));
        }
    });
    (address, tunnels)
}

fn tunnel(mut client: TcpStream, count: &AtomicUsize) -> Option<()> {
    let mut lines = BufReader::new(client.try_clone().ok()?);
    let mut first = String::new();
    lines.read_line(&mut first).ok()?;
    let target = first.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    let mut line = String::new();
    while lines.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    let mut server = TcpStream::connect(target).ok()?;
    count.fetch_add(1, SeqCst);
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut from, mut to) = (server.try_clone().ok()?, client.try_clone().ok()?);
    thread::spawn(move || {
        let _ = copy(&mut from, &mut to);
        to.shutdown(Shutdown::Both)
    });
    copy(&mut lines, &mut server).ok()?;
    server.shutdown(Shutdown::Write).ok()
}

#[test]
fn a_proxy_is_used_unless_no_proxy_names_the_cluster() {
    let house = House::new("behind");
    house.write("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello through a proxy!"));
    let plan = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        command.args(["plan", "--against", "cluster", "--filename"]).arg(house.path());
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("KUBECONFIG", plane().kubeconfig());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let said =
            [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        assert!(output.status.success() && said.contains("1 to create"), "{variables:?}: {said}");
    };
    let (address, tunnels) = proxy();
    plan(&[("HTTPS_PROXY", &format!("http://{address}"))]);
    let used = tunnels.load(SeqCst);
    assert!(used > 0, "nothing came by");
    plan(&[("https_proxy", &address)]);
    assert!(tunnels.load(SeqCst) > used, "as curl takes it");
    let used = tunnels.load(SeqCst);
    plan(&[("HTTPS_PROXY", &format!("http://{address}")), ("NO_PROXY", "127.0.0.1,localhost")]);
    plan(&[("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1")]);
    assert_eq!(tunnels.load(SeqCst), used, "the cluster is named");
}
