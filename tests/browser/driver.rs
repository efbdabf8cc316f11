//! A headless Chromium, driven by chromedriver over the `WebDriver` protocol: plain JSON over HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The key under which the protocol names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Chromium at one page after the other. It is closed when this is dropped.
pub struct Browser {
    driver: Child,
    session: String,
    client: Client,
    runtime: Runtime,
    profile: TempDir,
}

impl Browser {
    /// Starts it with an empty profile; none if chromedriver or Chromium is not installed.
    pub fn start() -> Option<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let port = line.rsplit_once("started successfully on port ")?.1;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver says where it listens");
        // An error means that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut browser = Self {
            driver,
            session: format!("http://127.0.0.1:{port}"),
            client: Client::builder().no_proxy().build().unwrap(),
            runtime: Runtime::new().unwrap(),
            profile: tempfile::tempdir().unwrap(),
        };
        let folder = browser.profile.path().display().to_string();
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--user-data-dir={folder}"),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let session = browser.ask("session", &wanted);
        let id = session["sessionId"].as_str()?;
        browser.session = format!("{}/session/{id}", browser.session);
        Some(browser)
    }

    /// Sends a command, and answers its value.
    fn ask(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}/{path}", self.session));
        let answer = self.runtime.block_on(async {
            let body = serde_json::to_vec(body).unwrap();
            request.body(body).send().await?.json::<Value>().await
        });
        let answer = answer.unwrap_or_else(|error| panic!("chromedriver at {path}: {error}"));
        answer["value"].clone()
    }

    /// Opens a file in a window so wide, and forgets what the pages before it did.
    pub fn open(&self, page: &Path, width: u32, scheme: &str) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.develop("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.develop("Emulation.setEmulatedMedia", &scheme);
        self.log("browser");
        self.log("performance");
        self.ask("url", &json!({"url": format!("file://{}", page.display())}));
    }

    fn develop(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.ask("goog/cdp/execute", &body)
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.ask("se/log", &json!({"type": kind}));
        entries.as_array().cloned().unwrap_or_default()
    }

    /// What the page wrote to the console, and every address other than a file's that it asked for.
    pub fn faults(&self) -> Vec<String> {
        let said = self.log("browser").into_iter();
        let said = said.map(|entry| entry["message"].to_string());
        let events = self.log("performance").into_iter().filter_map(|entry| {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let asked = event["message"]["method"] == "Network.requestWillBeSent";
            let request = &event["message"]["params"];
            // Chromium's own first page asks for its own pieces.
            let ours = request["documentURL"].as_str()?.starts_with("file://");
            let url = request["request"]["url"].as_str()?;
            (asked && ours && !url.starts_with("file://")).then(|| url.to_owned())
        });
        said.chain(events).collect()
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Value {
        self.ask("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Types into the element of a selector.
    pub fn keys(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.ask(&format!("element/{element}/value"), &json!({"text": text}));
    }

    /// Picks what is called so from a list, by its first letters.
    pub fn choose(&self, selector: &str, option: &str) {
        self.keys(selector, option);
    }

    /// Clicks on the element of a selector.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.ask(&format!("element/{element}/click"), &json!({}));
    }

    /// Presses the tabulator, and answers the id of what has the focus then.
    pub fn tab(&self) -> String {
        let keys = [("keyDown", "\u{e004}"), ("keyUp", "\u{e004}")]
            .map(|(kind, key)| json!({"type": kind, "value": key}));
        let source = json!({"type": "key", "id": "keyboard", "actions": keys});
        self.ask("actions", &json!({"actions": [source]}));
        let focus = self.run("return document.activeElement.id");
        focus.as_str().unwrap_or_default().to_owned()
    }

    /// Writes a picture of the whole page.
    pub fn picture(&self, path: &Path) {
        use base64::Engine as _;
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.develop("Page.captureScreenshot", &whole);
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(picture["data"].as_str().unwrap_or_default())
            .unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn element(&self, selector: &str) -> String {
        let sought = json!({"using": "css selector", "value": selector});
        let found = self.ask("element", &sought);
        let id = found[ELEMENT].as_str();
        id.unwrap_or_else(|| panic!("no {selector}: {found}"))
            .to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let end = self.client.delete(&self.session).send();
        let _ = self.runtime.block_on(end);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
