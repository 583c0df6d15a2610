//! The page's server as a browser, a stranger and a broken client meet it; its numbers are the program's.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use proptest::{
    collection::vec, prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_shallow");

/// A server in a folder of its own.
struct Studio {
    child: Child,
    port: u16,
    token: String,
    folder: TempDir,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{} {text}", self.status))
    }
}

impl Studio {
    fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["studio", "--no-open", "--port", "0"])
            .args(flags)
            .current_dir(folder.path())
            .env("TMPDIR", folder.path().join("tmp"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let rest = line.trim().strip_prefix("http://127.0.0.1:").expect(&line);
        let (port, token) = rest.trim_end_matches('/').split_once('/').unwrap();
        Self {
            port: port.parse().unwrap(),
            token: token.into(),
            child,
            folder,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream
    }

    /// Sends a request whose headers are those of our page, unless some say otherwise.
    fn send(&self, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        let mut headers = vec![
            ("Host", format!("127.0.0.1:{}", self.port)),
            ("Content-Type", "application/json".into()),
            ("Content-Length", body.len().to_string()),
        ];
        for (name, value) in more {
            headers.retain(|(known, _)| known != name);
            headers.push((name, value.to_string()));
        }
        let head: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let _ = stream.write_all(format!("{method} {path} HTTP/1.1\r\n{head}\r\n").as_bytes());
        let _ = stream.write_all(body); // it may have been refused before its end
        stream
    }

    fn request(&self, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut bytes = Vec::new();
        let _ = self.send(method, path, more, body).read_to_end(&mut bytes); // refused early, it may be reset
        let at = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..at]).to_string();
        Answer {
            status: head
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok())
                .unwrap_or(0),
            body: bytes.split_off((at + 4).min(bytes.len())),
            head,
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", &format!("/{}/{path}", self.token), &[], b"")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(
            "POST",
            &format!("/{}/api/{path}", self.token),
            &[],
            body.to_string().as_bytes(),
        )
    }

    fn answers(&self) -> bool {
        let begun = Instant::now();
        self.get("").status == 200 && begun.elapsed() < Duration::from_secs(5)
    }

    /// What the program prints as JSON in the same folder.
    fn program(&self, flags: &[&str]) -> Value {
        let output = Command::new(PROGRAM)
            .args(["fit", "--json", "--force", "--out", "by-the-program"])
            .args(flags)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A report without what differs from run to run.
fn lasting(mut report: Value) -> Value {
    for name in ["seconds", "run_dir"] {
        report.as_object_mut().unwrap().remove(name);
    }
    report
}

/// The lines of a chunked answer, one at a time.
fn lines(stream: TcpStream) -> impl Iterator<Item = Value> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines
        .filter(|line| line.starts_with("{\"kind\""))
        .map(|line| serde_json::from_str(&line).unwrap())
}

#[test]
fn fits_are_the_programs() {
    let studio = Studio::start(&[]);
    assert_eq!(studio.get("").status, 200);
    assert!(
        studio
            .get("")
            .head
            .contains("content-security-policy: default-src 'none'; script-src 'self'")
    );
    for (request, flags) in [
        (
            json!({"function": "sin(3*x)", "hidden": 8}),
            &["--function", "sin(3*x)", "--hidden", "8"][..],
        ),
        (
            json!({"function": "exp", "tolerance": 0.01, "norm": "max"}),
            &["--function", "exp", "--tolerance", "0.01", "--norm", "max"],
        ),
        (
            json!({"function": "sin(3*x)", "noise": 0.3, "samples": 80, "bands": 0.95, "seed": 7}),
            &[
                "--function",
                "sin(3*x)",
                "--noise",
                "0.3",
                "--samples",
                "80",
                "--bands",
                "0.95",
                "--seed",
                "7",
            ],
        ),
    ] {
        let answer = studio.post("fit", &json!({"request": request})).json();
        assert_eq!(
            lasting(answer["report"].clone()),
            lasting(studio.program(flags)),
            "{request}"
        );
    }
    let table = "t,v\n".to_string()
        + &(0..40)
            .map(|t| format!("{t},{}\n", (t - 20) * (t % 7)))
            .collect::<String>();
    let path = format!("/{}/api/table?name=a.csv", studio.token);
    let preview = studio.request("POST", &path, &[], table.as_bytes()).json();
    assert_eq!(preview["columns"], json!(["t", "v"]));
    let request = json!({"request": {"x": "t", "y": "v", "hidden": 3}, "table": preview["id"]});
    let answer = studio.post("fit", &request).json();
    fs::write(studio.folder.path().join("a.csv"), table).unwrap();
    let printed = studio.program(&["--csv", "a.csv", "--x", "t", "--y", "v", "--hidden", "3"]);
    assert_eq!(lasting(answer["report"].clone()), lasting(printed));
    // At the network's own knots no values are further off than the network's; units that make the first slope bind its own.
    let knots = answer["knots"][0].clone();
    let held = studio
        .post("values", &json!({"asked": request, "knots": knots}))
        .json();
    let loss = |value: &Value| value.as_f64().unwrap();
    let (held, own) = (loss(&held["loss"]), loss(&answer["report"]["train_loss"]));
    assert!(
        held <= own * (1.0 + 1e-9) && held > 0.5 * own,
        "{held} {own}"
    );
}

#[test]
fn descents_and_races_are_the_programs() {
    let studio = Studio::start(&[]);
    for optimizer in ["gd", "adam", "lm"] {
        let request = json!({"function": "smooth", "hidden": 16, "optimizer": optimizer});
        let begin = json!({
            "asked": {"request": request}, "id": optimizer,
            "wheel": {"is_paused": false, "until": 300, "order": 0, "steps": 0},
        });
        let path = format!("/{}/api/train", studio.token);
        let stream = studio.send("POST", &path, &[], begin.to_string().as_bytes());
        let mut lines = lines(stream);
        assert_eq!(lines.next().unwrap()["kind"], "begin");
        let last = lines.find(|line| line["epoch"] == 300).unwrap();
        let flags = [
            "--function",
            "smooth",
            "--hidden",
            "16",
            "--optimizer",
            optimizer,
            "--epochs",
            "300",
        ];
        assert_eq!(
            last["loss"],
            studio.program(&flags)["final_loss"],
            "{optimizer}"
        );
    }
    let asked = json!({"request": {"function": "squashed", "model": "perceptron", "epochs": 400}});
    let race = studio
        .post("race", &json!({"asked": asked, "rates": [0.01, 1.0]}))
        .json();
    let flags = [
        "--function",
        "squashed",
        "--model",
        "perceptron",
        "--epochs",
        "400",
        "--lr",
        "0.01",
    ];
    let last = race["runs"][0]["losses"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    let printed = studio.program(&flags)["final_loss"].as_f64().unwrap();
    // 1e-9: with Burn, the program's default is autodiff, which sums in another order.
    assert!(
        (last.as_f64().unwrap() / printed - 1.0).abs() < 1e-9,
        "{last} {printed}"
    );
    assert_eq!(race["runs"][1]["verdict"], "saturated");
}

#[test]
fn a_descent_is_steered_and_ends_with_its_page() {
    let studio = Studio::start(&[]);
    let asked = json!({"request": {"function": "sin(3*x)", "hidden": 4}});
    let path = format!("/{}/api/train", studio.token);
    let begin = json!({"asked": asked, "id": "a"});
    let stream = studio.send("POST", &path, &[], begin.to_string().as_bytes());
    let other = stream.try_clone().unwrap();
    let mut lines = lines(stream);
    assert_eq!(lines.next().unwrap()["kind"], "begin");
    let steer = |wheel: Value| assert_eq!(studio.post("train/a", &wheel).status, 200);
    steer(json!({"is_paused": true, "order": 1, "steps": 3}));
    assert!(lines.any(|line| line["epoch"] == 3 && line["is_paused"] == true));
    steer(json!({"is_paused": false, "speed": 100.0, "order": 1}));
    let begun = Instant::now();
    let at = lines
        .find(|line| line["epoch"].as_u64() >= Some(53))
        .unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    // 0.3: 50 steps at 100 a second take half a second, and no less than most of that.
    assert!(seconds > 0.3, "{at} {seconds}");
    steer(json!({"is_paused": false, "lr": 1e9, "order": 1}));
    let error = lines.find(|line| line["kind"] == "error").unwrap();
    assert!(
        error["error"].as_str().unwrap().contains("diverged"),
        "{error}"
    );
    drop(other);

    let begin = json!({"asked": asked, "id": "b", "wheel": {"is_paused": false}});
    let stream = studio.send("POST", &path, &[], begin.to_string().as_bytes());
    let mut first = [0; 64];
    (&stream).read_exact(&mut first).unwrap();
    assert_eq!(
        studio.post("train", &begin).status,
        400,
        "its name is taken"
    );
    drop(stream);
    let begun = Instant::now();
    while studio.post("train/b", &json!({})).status == 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it goes on without its page"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn gradients_are_checked_where_the_page_says() {
    let studio = Studio::start(&[]);
    let asked = json!({"request": {"function": "sin(3*x)", "samples": 50, "hidden": 3}});
    let at_start = studio
        .post("check", &json!({"asked": asked, "at": [0, 0]}))
        .json();
    let mut parameters = at_start["parameters"].clone();
    parameters[2][1] = json!(2.5);
    let moved = studio
        .post(
            "check",
            &json!({"asked": asked, "at": [2, 1], "parameters": parameters}),
        )
        .json();
    assert_ne!(moved["loss"], at_start["loss"]);
    assert!(
        moved["lines"]
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line["passed"] == true)
    );
    let number = |value: &Value| value.as_f64().unwrap();
    let drift =
        |at: usize| (number(&moved["differences"][at]) - number(&moved["gradient"][2][1])).abs();
    assert!(drift(9) < 1e-8 && drift(25) > 1e-6, "{moved}");
    for wrong in [
        json!({"asked": asked, "at": [4, 0]}),
        json!({"asked": asked, "at": [0, 0], "parameters": [[1.0]]}),
        json!({"asked": {"request": {"function": "x", "hidden": 64}}, "at": [0, 0], "parameters": parameters}),
    ] {
        assert_eq!(studio.post("check", &wrong).status, 400, "{wrong}");
    }
}

#[test]
fn exports_and_folders_are_the_programs() {
    let studio = Studio::start(&[]);
    let asked = json!({"request": {"function": "sin(3*x)", "hidden": 8}});
    let wanted = json!({"asked": asked, "options": {"format": "json", "name": "model"}});
    let export = studio.post("export", &wanted);
    assert!(export.head.contains("x-export: {"), "{}", export.head);
    let saved = studio
        .post("save", &json!({"asked": asked, "name": "a b"}))
        .json();
    assert_eq!(saved["folder"], "runs/a b");
    let folder = studio.folder.path().join("runs/a b");
    let program = Command::new(PROGRAM)
        .args(["export", "--format", "json"])
        .arg(&folder)
        .output()
        .unwrap();
    assert!(program.status.success());
    assert_eq!(
        export.body,
        fs::read(folder.join("export/model.json")).unwrap()
    );

    let again = studio.post("save", &json!({"asked": asked, "name": "a b"}));
    assert!(
        again.json()["error"]
            .as_str()
            .unwrap()
            .contains("choose another name")
    );
    let path = format!("/{}/api/table?name=a.csv", studio.token);
    let preview = studio
        .request("POST", &path, &[], b"1,2\n2,4\n3,5\n4,9\n")
        .json();
    let of_table = json!({"request": {"x": "1", "y": "2", "hidden": 2, "test-samples": 0}, "table": preview["id"]});
    let saved = studio.post("save", &json!({"asked": of_table, "name": "c"}));
    assert_eq!(saved.status, 200, "{}", saved.json());
    let names: Vec<_> = studio
        .get("api/runs")
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["name"].clone())
        .collect();
    assert!(
        names.contains(&json!("c")) && names.contains(&json!("a b")),
        "{names:?}"
    );
    let opened = studio.post("open", &json!({"name": "c"})).json();
    assert_eq!(opened["request"]["hidden"], 2);
    let again = json!({"request": opened["request"], "table": opened["table"]["id"]});
    assert_eq!(studio.post("fit", &again).status, 200);
    // What failed leaves nothing.
    let wrong = json!({"request": {"x": "1", "y": "2", "hidden": 2, "through": "1:1,1:2"}, "table": preview["id"]});
    assert_eq!(
        studio
            .post("save", &json!({"asked": wrong, "name": "d"}))
            .status,
        400
    );
    assert!(
        !studio.folder.path().join("runs/d").exists()
            && !studio.folder.path().join("runs/d.csv").exists()
    );
}

#[test]
fn strangers_are_refused_and_no_path_leads_elsewhere() {
    let studio = Studio::start(&[]);
    let own = format!("/{}/", studio.token);
    let port = studio.port;
    for path in [
        "/",
        "/api/first",
        &format!("/{}x/", studio.token),
        &format!("//{}/", &studio.token[1..]),
    ] {
        assert_eq!(studio.request("GET", path, &[], b"").status, 403, "{path}");
    }
    for host in [
        "evil.example",
        "evil.example:80",
        &format!("evil.example:{port}"),
        "127.0.0.1",
        "",
    ] {
        assert_eq!(
            studio.request("GET", &own, &[("Host", host)], b"").status,
            403,
            "{host}"
        );
    }
    let fit = format!("{own}api/fit");
    for origin in [
        "http://evil.example",
        "null",
        "file://",
        &format!("https://127.0.0.1:{port}"),
    ] {
        assert_eq!(
            studio
                .request("POST", &fit, &[("Origin", origin)], b"{}")
                .status,
            403,
            "{origin}"
        );
    }
    let body = br#"{"request":{"function":"x"}}"#;
    let ours = format!("http://127.0.0.1:{port}");
    assert_eq!(
        studio
            .request("POST", &fit, &[("Origin", &ours)], body)
            .status,
        200
    );
    assert_eq!(
        studio
            .request("POST", &fit, &[("Content-Type", "text/plain")], body)
            .status,
        400
    );
    for (path, body) in [
        ("fit", json!({"request": {"csv": "/etc/passwd"}})),
        (
            "fit",
            json!({"request": {"x": "a"}, "table": "../../etc/passwd"}),
        ),
        ("fit", json!({"request": {"function": "x", "by": "a"}})),
        ("fit", json!({"request": {"nonsense": 1}})),
        ("open", json!({"name": "../.."})),
        ("open", json!({"name": "nothing"})),
        (
            "save",
            json!({"asked": {"request": {"function": "x"}}, "name": "../a"}),
        ),
        (
            "export",
            json!({"asked": {"request": {"function": "x"}}, "options": {"format": "c", "name": "/tmp/a"}}),
        ),
        (
            "race",
            json!({"asked": {"request": {"function": "x", "model": "perceptron"}}, "rates": []}),
        ),
    ] {
        let answer = studio.post(path, &body);
        assert!(
            [400, 404].contains(&answer.status),
            "{path} {body} {}",
            answer.status
        );
        let sentence = answer.json()["error"].as_str().unwrap().to_string();
        assert!(
            !sentence.is_empty() && !sentence.contains('\n'),
            "{sentence}"
        );
    }
    for path in [
        "page/../Cargo.toml",
        "page/%2e%2e/lib.rs",
        "course/..%2f..%2fREADME",
        "course/pictures/..%2f1-fit.md",
    ] {
        assert_eq!(studio.get(path).status, 404, "{path}");
    }
    let large = (200_usize << 20).to_string();
    let refused = studio.request(
        "POST",
        &format!("{own}api/table?name=a"),
        &[("Content-Length", &large)],
        b"1,2\n",
    );
    assert!(refused.json()["error"].as_str().unwrap().contains("100 MB"));
    assert_eq!(
        studio
            .request(
                "POST",
                &fit,
                &[("Content-Length", "9000000")],
                &vec![b' '; 9_000_000]
            )
            .status,
        400
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_of_a_run_is_not_read_and_links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let studio = Studio::start(&[]);
    let runs = studio.folder.path().join("runs");
    let pipe = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let config = |name: &str, text: &str| {
        fs::create_dir_all(runs.join(name)).unwrap();
        fs::write(runs.join(name).join("config.toml"), text).unwrap();
    };
    pipe(&studio.folder.path().join("pipe"));
    config("of-a-pipe", "csv = \"pipe\"\nx = \"x\"\ny = \"y\"\n");
    config("reported", "function = \"x\"\n");
    pipe(&runs.join("reported/report.json"));
    config("endless", "function = \"x\"\n");
    symlink("/dev/zero", runs.join("endless/report.json")).unwrap();
    config(
        "large",
        &format!("function = \"{}\"\n", " ".repeat(40 << 20)),
    );
    symlink(studio.folder.path(), runs.join("link")).unwrap();
    for _ in 0..4 {
        assert_eq!(studio.get("api/runs").status, 200);
        assert_eq!(
            studio.post("open", &json!({"name": "of-a-pipe"})).status,
            400
        );
        assert_eq!(studio.post("open", &json!({"name": "large"})).status, 404);
        assert_eq!(studio.post("open", &json!({"name": "link"})).status, 400);
    }
    let asked = json!({"request": {"function": "x^2", "hidden": 2}});
    assert_eq!(
        studio
            .post("save", &json!({"asked": asked, "name": "link"}))
            .status,
        400
    );
    assert_eq!(
        studio
            .post("save", &json!({"asked": asked, "name": "b"}))
            .status,
        200
    );
    assert!(!studio.folder.path().join("model.safetensors").exists());
}

#[test]
fn what_would_keep_the_machine_busy_is_refused_and_tables_have_their_names() {
    let studio = Studio::start(&[]);
    let sentence = |path: &str, body: Value| {
        let answer = studio.post(path, &body);
        assert_eq!(answer.status, 400, "{body}");
        answer.json()["error"].as_str().unwrap().to_string()
    };
    let sum = vec!["sin(x)"; 2000].join("+");
    for request in [
        json!({"function": "x", "hidden": 10_000_000}),
        json!({"function": "x", "samples": 100_000_000}),
        json!({"function": sum}),
    ] {
        assert!(sentence("fit", json!({"request": request})).contains("the page takes"));
    }
    for (request, said) in [
        (
            json!({"function": "x", "hidden": "3"}),
            "hidden must be a whole number",
        ),
        (
            json!({"function": "x", "samples": 2.5}),
            "got `2.5`, expected a whole number",
        ),
        (
            json!({"function": "x", "reduction": "a"}),
            "unknown name `a`",
        ),
        (json!(5), "this is no request of the page"),
    ] {
        let found = sentence("fit", json!({"request": request}));
        assert!(found.contains(said), "{found}");
    }
    let path = format!("/{}/api/table?name=my%20table.csv", studio.token);
    let preview = studio
        .request("POST", &path, &[], b"t,v,w\n1,2,3\n2,NA,4\n3,5,6\n")
        .json();
    assert_eq!(
        (&preview["name"], &preview["are_numbers"]),
        (&json!("my table.csv"), &json!([true, true, true]))
    );
    let of = |x: &str, y: &str| json!({"request": {"x": x, "y": y, "hidden": 1}, "table": preview["id"]});
    assert!(sentence("fit", of("t", "nothing")).starts_with("my table.csv has no column"));
    assert!(sentence("fit", of("t", "v")).ends_with("or pass over rows that lack a number"));
    let fit = studio.post("fit", &json!({"request": {"x": "t", "y": "w", "hidden": 1, "test-samples": 0}, "table": preview["id"]}));
    assert!(
        fit.json()["summary"]
            .as_str()
            .unwrap()
            .contains("my table.csv, 3 rows")
    );
    for path in ["api/nothing", "api/fit"] {
        let answer = studio.get(path);
        assert!(
            answer.status == 404 && answer.json()["error"].is_string(),
            "{path}"
        );
    }
}

/// Requests that no browser sends.
fn garbage(studio: &Studio) -> impl Strategy<Value = Vec<u8>> {
    let (token, port) = (studio.token.clone(), studio.port);
    let path = prop_oneof![
        Just(format!("/{token}/")),
        select(
            &[
                "fit", "train", "race", "check", "values", "export", "save", "open", "table",
                "train/a", "first", "runs"
            ][..]
        )
        .prop_map(move |name| format!("/{token}/api/{name}")),
        "/[ -~]{0,30}",
    ];
    let value = prop_oneof![
        Just("x".to_string()),
        Just("1e999".into()),
        Just("-1".into()),
        Just("null".into()),
        Just("[]".into()),
        Just("\"sin(x)\"".into()),
        Just("{}".into()),
        Just("3".into()),
        "[ -~]{0,12}",
    ];
    let name = select(
        &[
            "request",
            "function",
            "hidden",
            "samples",
            "epochs",
            "asked",
            "id",
            "wheel",
            "rates",
            "at",
            "table",
            "lr",
            "tolerance",
            "name",
        ][..],
    );
    let body = vec((name, value), 0..5).prop_map(|pairs| {
        let inside: Vec<_> = pairs
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let inside = inside.join(",");
        format!("{{\"request\":{{{inside}}},\"asked\":{{\"request\":{{{inside}}}}},{inside}}}")
            .into_bytes()
    });
    let whole = (path, select(&["GET", "POST", "PUT", "X"][..]), body, any::<bool>()).prop_map(move |(path, method, body, is_honest)| {
        let length = if is_honest { body.len() } else { body.len() / 2 };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        [head.into_bytes(), body].concat()
    });
    prop_oneof![4 => whole, 1 => vec(any::<u8>(), 0..200)]
}

#[test]
fn ten_thousand_requests_of_garbage_and_two_hundred_idle_pages_leave_it_answering() {
    let studio = Studio::start(&[]);
    let idle: Vec<_> = (0..200).map(|_| studio.connect()).collect();
    let mut slow = studio.connect();
    slow.write_all(format!("POST /{}/api/fit HTTP/1.1\r\nHost: 1", studio.token).as_bytes())
        .unwrap();
    let mut runner = TestRunner::default();
    let strategy = garbage(&studio);
    for at in 0..10_000 {
        let bytes = strategy.new_tree(&mut runner).unwrap().current();
        let mut stream = studio.connect();
        let _ = stream.write_all(&bytes); // it may be refused
        if at % 50 == 0 {
            stream
                .set_read_timeout(Some(Duration::from_millis(200)))
                .unwrap();
            let _ = stream.read(&mut [0; 512]); // it may be empty
        }
    }
    assert!(studio.answers());
    let fit = studio.post(
        "fit",
        &json!({"request": {"function": "sin(3*x)", "hidden": 4}}),
    );
    assert_eq!(fit.status, 200);
    drop((idle, slow));
}

#[test]
fn many_pages_at_once_are_all_answered() {
    let studio = Studio::start(&[]);
    let asked = json!({"asked": {"request": {"function": "sin(3*x)", "hidden": 8}}, "wheel": {"is_paused": false}});
    let path = format!("/{}/api/train", studio.token);
    let streams: Vec<_> = (0..100)
        .map(|at| {
            let mut begin = asked.clone();
            begin["id"] = json!(at.to_string());
            studio.send("POST", &path, &[], begin.to_string().as_bytes())
        })
        .collect();
    let begun = Instant::now();
    let fit = studio.post(
        "fit",
        &json!({"request": {"function": "sin(3*x)", "hidden": 4}}),
    );
    assert_eq!(fit.status, 200);
    // 60 s: a hundred descents have their turns before it, 33 ms each on as many cores as there are, and this machine is shared.
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    for stream in streams {
        assert!(lines(stream).take(2).count() == 2);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_and_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let mut studio = Studio::start(&[]);
        let path = format!("/{}/api/table?name=a.csv", studio.token);
        assert_eq!(
            studio.request("POST", &path, &[], b"1,2\n2,3\n").status,
            200
        );
        let begin = json!({"asked": {"request": {"function": "x^2"}}, "id": "a", "wheel": {"is_paused": false}});
        let _stream = studio.send(
            "POST",
            &format!("/{}/api/train", studio.token),
            &[],
            begin.to_string().as_bytes(),
        );
        thread::sleep(Duration::from_millis(100));
        let id = studio.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let begun = Instant::now();
        let status = loop {
            match studio.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(begun.elapsed() < Duration::from_secs(20), "it does not end"),
            }
            thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(0));
        let left: Vec<_> = fs::read_dir(studio.folder.path().join("tmp"))
            .unwrap()
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn what_it_is_asked_to_begin_with_is_checked_first() {
    let fails = |flags: &[&str]| {
        let output = Command::new(PROGRAM)
            .args(["studio", "--no-open"])
            .args(flags)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(said.lines().count(), 1, "{said}");
        (output.status.code().unwrap(), said)
    };
    assert_eq!(fails(&["--by", "a"]).0, 2);
    assert_eq!(fails(&["--csv", "-"]).0, 2);
    assert_eq!(fails(&["--function", "x", "--csv", "a.csv"]).0, 2);
    assert!(
        fails(&["--csv", "nothing.csv"])
            .1
            .contains("cannot read nothing.csv")
    );
    let studio = Studio::start(&["--function", "exp(x)", "--hidden", "5"]);
    let port = studio.port.to_string();
    let (code, said) = fails(&["--port", &port]);
    assert!(
        code == 1 && said.contains(&format!("cannot listen on port {port}")),
        "{said}"
    );
    let first = studio.get("api/first").json();
    assert_eq!(
        (&first["request"]["function"], &first["request"]["hidden"]),
        (&json!("exp(x)"), &json!(5))
    );
    assert!(Path::new(PROGRAM).exists());
}
