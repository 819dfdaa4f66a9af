// A wallet on a page. The server knows everything; here it is only shown, once a second, and asked for.
"use strict";

const LOOK_MS = 1000;
const SCAN_MS = 250;
const BARS_SHARE = 0.3; // of the bars' width is their height
const LARGEST_SIDE = 2000; // pixels of a photograph: more helps no reader

const $ = (id) => document.getElementById(id);
let language = localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
let phone = sessionStorage.getItem("phone");
let here = { wallets: [], password: "", camera: false };
let face = null;
let asked = ""; // what the form asks, so that what was typed stays until something else is asked

let texts = null; // words.json: each sentence in both languages

const word = (name, facts = {}) => texts[language][name].replace(/\{(\w+)\}/g, (_, fact) => facts[fact]);

// --- asking the server

async function answered(path, options) {
  const reply = await fetch(path, { method: "POST", ...options });
  const answer = reply.headers.get("content-type").startsWith("application/json") ? await reply.json() : {};
  return { status: reply.status, answer };
}

const post = (name, question) =>
  answered(`/phone/${name}`, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });

async function ask(name, question = {}) {
  const asking = phone; // which may be put away before the answer comes
  try {
    const { status, answer } = await post(name, { phone, ...question });
    if (phone !== asking) return;
    if (status === 200) show(answer);
    else trouble(status === 400 ? answer.error : word("lost"));
  } catch {
    trouble(word("lost"));
  }
}

// --- showing

function trouble(text) {
  if ($("trouble").textContent !== text) $("trouble").textContent = text;
}

function money(minor, currency) {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function minorOf(text, currency) {
  const { maximumFractionDigits: places } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!parts || (parts[2] || "").length > places) return null;
  return Number(parts[1] + (parts[2] || "").padEnd(places, "0"));
}

function speak() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = word(one.dataset.word);
  $("language").textContent = word("other");
  $("language").lang = language === "zh" ? "en" : "zh";
  $("password-word").textContent = word("password", { password: here.password });
  $("qr").setAttribute("aria-label", word("qr"));
  $("bars").setAttribute("aria-label", word("bars"));
  $("left").setAttribute("aria-label", word("show"));
  $("text").placeholder = word("paste");
  for (const button of $("wallets").children) button.textContent = nameOf(button.value);
  asked = "";
  if (face) show(face);
}

const nameOf = (key) => here.wallets.find((wallet) => wallet.key === key).names[language];

function show(now) {
  face = now;
  phone = now.phone;
  sessionStorage.setItem("phone", phone);
  trouble("");
  $("choosing").hidden = true;
  $("wallet").hidden = false;
  $("title").textContent = word("balance", { name: now.names[language], money: money(now.balance, now.currency) });
  $("left").value = now.left_s;
  $("left").setAttribute("aria-valuetext", word("left", { seconds: Math.round(now.left_s) }));
  showNews(now.news);
  showAsk(now.asks);
  drawCode();
}

function showNews(news) {
  const amount = news && news.amount ? money(news.amount, news.currency) : "";
  const reason = news ? texts.reasons[news.reason][language] : "";
  const text = news ? word(news.happened, { money: amount, reason }).trim() : "";
  if ($("news").textContent === text) return;
  $("news").textContent = text;
  $("news").className = news ? news.happened : "";
  const why = news ? news.why : [];
  $("why").hidden = why.length === 0;
  $("why").querySelector("ul").replaceChildren(...why.map((one) => Object.assign(document.createElement("li"), { textContent: one })));
}

function questionOf(asks) {
  if (asks.amount === null) return word("askedHow", { shop: asks.shop });
  return word("asked", { shop: asks.shop, money: money(asks.amount, asks.currency) });
}

function showAsk(asks) {
  const now = asks ? JSON.stringify([asks.shop, asks.amount, asks.currency, asks.password]) : "";
  $("tries").textContent = asks && asks.tries < 3 ? word("tries", { tries: asks.tries }) : "";
  if (now === asked) return;
  asked = now;
  $("ask").hidden = !asks;
  $("show").hidden = $("scanning").hidden = !!asks; // one thing at a time
  if (!asks) return;
  enlarge(false);
  $("asked").textContent = questionOf(asks);
  $("amount-line").hidden = asks.amount !== null;
  $("password-line").hidden = !asks.password;
  $("amount").value = $("password").value = "";
  const first = asks.amount === null ? $("amount") : asks.password ? $("password") : $("agree");
  first.focus();
  $("ask").scrollIntoView({ block: "center" });
}

// Each module as many whole pixels as fit: an edge between two pixels would be grey.
function drawCode() {
  const large = $("card").classList.contains("large");
  const room = large ? Math.min(innerWidth, innerHeight - 48) : $("card").clientWidth;
  place("qr", face.qr, large ? room : Math.min(room, 300), (side) => side, face.qr.modules);
  place("bars", face.bars, room, (side) => Math.round(side * BARS_SHARE), 1);
  $("digits").textContent = face.code.replace(/(.{4})(?=.)/g, "$1 ");
}

function place(id, drawing, room, heightOf, rows) {
  const pixel = 1 / (devicePixelRatio || 1);
  const width = Math.max(1, Math.floor(room / pixel / drawing.modules)) * drawing.modules * pixel;
  $(id).setAttribute("viewBox", `0 0 ${drawing.modules} ${rows}`);
  $(id).setAttribute("width", width);
  $(id).setAttribute("height", heightOf(width));
  $(id).firstElementChild.setAttribute("d", drawing.path);
}

function enlarge(large) {
  $("card").classList.toggle("large", large);
  $("card").setAttribute("aria-pressed", String(large));
  if (face) drawCode();
}

// --- scanning

let stream = null;

async function scanByCamera() {
  if (stream) return endCamera();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    $("camera-word").hidden = false;
    return undefined;
  }
  $("view").srcObject = stream;
  $("view").hidden = false;
  $("camera").textContent = word("stop");
  await $("view").play();
  return lookFor(new BarcodeDetector({ formats: ["qr_code"] }));
}

async function lookFor(detector) {
  if (!stream) return;
  const found = await detector.detect($("view"));
  if (!stream) return;
  if (found.length === 1) {
    endCamera();
    await ask("scan", { text: found[0].rawValue });
  } else {
    setTimeout(lookFor, SCAN_MS, detector);
  }
}

function endCamera() {
  for (const track of stream.getTracks()) track.stop();
  stream = null;
  $("view").hidden = true;
  $("camera").textContent = word("camera");
}

async function scanPhoto() {
  const [picture] = $("photo").files;
  if (!picture) return;
  $("photo").value = "";
  try {
    const { status, answer } = await answered(`/photo?phone=${encodeURIComponent(phone)}`, { body: await smaller(picture) });
    if (status === 200) show(answer);
    else trouble(status === 413 ? word("huge") : status === 400 ? word("unread") : word("lost"));
  } catch {
    trouble(word("lost"));
  }
}

// As small as still reads, and a JPEG whatever it was. What this browser cannot open goes as it is, to be refused.
async function smaller(picture) {
  try {
    const image = await createImageBitmap(picture);
    const scale = Math.min(1, LARGEST_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = image.width * scale;
    canvas.height = image.height * scale;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  } catch {
    return picture;
  }
}

// --- touching

$("language").onclick = () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  speak();
};
$("card").onclick = () => enlarge(!$("card").classList.contains("large"));
$("hold-up").onclick = () => ask("hold_up");
$("camera").onclick = scanByCamera;
$("photo").onchange = scanPhoto;
$("refuse").onclick = () => ask("refuse");
$("change").onclick = () => choose();
$("paste").onsubmit = (event) => {
  event.preventDefault();
  const text = $("text").value;
  $("text").value = "";
  if (text.trim()) ask("scan", { text });
};
$("ask").onsubmit = (event) => {
  event.preventDefault();
  const amount = face.asks.amount === null ? minorOf($("amount").value, face.asks.currency) : null;
  const password = $("password").value;
  $("password").value = "";
  if (face.asks.amount === null && !amount) $("amount").focus();
  else ask("agree", { password, amount });
};
addEventListener("resize", () => face && drawCode());
addEventListener("keydown", (event) => event.key === "Escape" && enlarge(false));

// --- beginning

function choose() {
  phone = face = null;
  asked = "";
  sessionStorage.removeItem("phone");
  $("wallet").hidden = true;
  $("choosing").hidden = false;
  $("title").textContent = word("title");
}

function offerWallets() {
  for (const wallet of here.wallets) {
    const button = Object.assign(document.createElement("button"), { type: "button", value: wallet.key });
    button.onclick = () => ask("open", { wallet: wallet.key, careful: $("careful").checked });
    $("wallets").append(button);
  }
}

async function look() {
  if (phone && face && !document.hidden) await ask("face");
  setTimeout(look, LOOK_MS);
}

async function begin() {
  history.replaceState(null, "", "/"); // the link is used up: it shall not be tried again
  texts = await (await fetch("/words.json")).json();
  const { status, answer } = await post("wallets", {});
  if (status !== 200) return trouble(word("lost"));
  here = answer;
  offerWallets();
  const sees = "BarcodeDetector" in window && navigator.mediaDevices !== undefined;
  $("camera").hidden = !sees;
  $("camera-word").hidden = sees;
  $("hold-up").hidden = !here.camera;
  speak();
  const known = phone ? await post("face", { phone }) : { status: 0 };
  if (known.status === 200) show(known.answer);
  else choose();
  return look();
}

begin();
