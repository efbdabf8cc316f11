"use strict";
const fields = ["person", "app", "verb"].map(id => document.getElementById(id));
const [person, app, verb] = fields;
function filter() {
  const sought = person.value.trim().toLowerCase();
  const about = card => card.dataset.person.toLowerCase().includes(sought);
  let shown = 0;
  for (const card of document.querySelectorAll(".person")) {
    let steps = 0;
    for (const step of card.querySelectorAll(".step")) {
      const fits = about(card) && (!app.value || step.dataset.app === app.value) && (!verb.value || step.dataset.verb.split(", ").includes(verb.value));
      step.hidden = !fits;
      steps += fits ? 1 : 0;
    }
    card.hidden = steps === 0;
    shown += steps;
  }
  for (const item of document.querySelectorAll(".item")) {
    const there = !app.value || !item.dataset.app || item.dataset.app === app.value;
    item.hidden = !about(item) || !there || (verb.value && !item.dataset.verb.split(", ").includes(verb.value));
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".person:not([hidden]), .item:not([hidden])");
  const all = document.querySelectorAll(".step").length;
  const output = document.getElementById("shown");
  output.textContent = `${shown} of ${all} ${output.dataset.noun}`;
}
document.getElementById("clear").addEventListener("click", () => {
  for (const field of fields) field.value = "";
  filter();
});
for (const field of fields) field.addEventListener("input", filter);
filter();
