// Search, keys, frames as high as their mails, and Adaptive Cards where their renderer is in the folder.
"use strict";

const search = document.getElementById("search");
if (search) {
  const rows = [...document.querySelectorAll(".row")].map((row) => [row, row.textContent.toLowerCase()]);
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      count += row.hidden ? 0 : 1;
    }
    for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".row:not([hidden])");
    document.getElementById("matches").textContent = words.length ? `${count} of ${rows.length}` : "";
    document.getElementById("nothing").hidden = count > 0;
  };
  search.addEventListener("input", filter);
  filter(); // a browser may have kept the words of the last visit
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target === search) return;
  const link = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
  if (link) document.getElementById(link)?.click();
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  }
});

for (const frame of document.querySelectorAll("iframe")) {
  const fit = () => {
    const height = frame.contentDocument?.documentElement?.offsetHeight;
    if (height) frame.style.height = `${height + 2}px`;
  };
  frame.addEventListener("load", fit);
  fit();
}

const grounds = {
  light: { default: "#ffffff", emphasis: "#f0f0f0", good: "#e7f2da", warning: "#fbf3d9", attention: "#fde3e4" },
  dark: { default: "#292929", emphasis: "#333333", good: "#1e3a17", warning: "#463100", attention: "#4f1a1f" },
};
const inks = {
  light: { default: "#242424", subtle: "#616161", good: "#237b4b", warning: "#835c00", attention: "#c4314b" },
  dark: { default: "#ffffff", subtle: "#bdbdbd", good: "#92c353", warning: "#f8d22a", attention: "#f9526b" },
};

// The settings of Teams, as far as our cards depend on them.
function hostConfig(scheme) {
  const ink = inks[scheme];
  const foregroundColors = {};
  for (const name of ["default", "good", "warning", "attention"]) {
    foregroundColors[name] = { default: ink[name], subtle: name === "default" ? ink.subtle : ink[name] };
  }
  const containerStyles = {};
  for (const [name, backgroundColor] of Object.entries(grounds[scheme])) {
    containerStyles[name] = { backgroundColor, foregroundColors };
  }
  return new AdaptiveCards.HostConfig({
    fontFamily: "'Segoe UI', system-ui, sans-serif",
    fontSizes: { small: 12, default: 14, medium: 16, large: 18, extraLarge: 24 },
    fontWeights: { lighter: 200, default: 400, bolder: 600 },
    spacing: { small: 8, default: 8, medium: 12, large: 16, extraLarge: 20, padding: 16 },
    supportsInteractivity: true,
    containerStyles,
    actions: { maxActions: 6, spacing: "default", buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left" },
    factSet: {
      title: { weight: "bolder", wrap: true, maxWidth: 150 },
      value: { wrap: true },
      spacing: 16,
    },
  });
}

// What the renderer has to say about a card stands in `data-faults`, and on the page.
function drawCard(place, source) {
  const card = new AdaptiveCards.AdaptiveCard();
  const context = new AdaptiveCards.SerializationContext();
  card.hostConfig = hostConfig(place.dataset.scheme);
  card.onExecuteAction = (action) => window.open(action.url, "_blank", "noopener");
  card.parse(source, context);
  const events = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index));
  events.push(...card.validateProperties().validationEvents);
  const faults = events.map((event) => event.message);
  const drawn = card.render();
  if (drawn) place.replaceChildren(drawn);
  else faults.push("The renderer draws nothing.");
  place.dataset.faults = JSON.stringify(faults);
  for (const fault of faults) {
    const line = document.createElement("p");
    line.className = "fault";
    line.textContent = fault;
    place.append(line);
  }
}

const cards = document.querySelectorAll("script.card");
if (cards.length && window.AdaptiveCards && window.markdownit) {
  const markdown = window.markdownit({ breaks: true });
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdown.render(text);
    result.didProcess = true;
  };
  for (const card of cards) {
    const source = JSON.parse(card.textContent);
    for (const place of card.parentElement.querySelectorAll(".official")) drawCard(place, source);
  }
}
