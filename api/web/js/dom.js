/** Builds and changes elements. Text from outside is always text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/** Make an HTML element; attributes that are functions become listeners, empty ones are left out. */
export function el(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** Make an SVG element in the same way. */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else mark(element, name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set an attribute if it differs; null, undefined and false take it away. */
export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, value);
}

/** Set an element's text if it differs. */
export function say(element, text) {
  if (element.textContent !== `${text}`) element.textContent = text;
}

/** Put new parts into an element; who stood on the nth thing that can be stood on stands on the nth of the new. */
export function renew(element, ...parts) {
  const places = () => [...element.querySelectorAll("a, button, summary, input, [tabindex]")];
  const held = places().indexOf(document.activeElement);
  element.replaceChildren(...parts);
  if (held >= 0) places()[held]?.focus({ preventScroll: true });
}

/** How many elements glow at once: where everything changes, nobody can follow, and each has to be measured first. */
const MOST_FLASHES = 30;
let flashes = 0;

/** Let an element's ground (or another colour of it) glow softly, unless the person asked for less motion. */
export function flash(element, colour = "backgroundColor") {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !element.isConnected || flashes >= MOST_FLASHES) return;
  flashes += 1;
  if (flashes === 1) requestAnimationFrame(() => (flashes = 0));
  const style = getComputedStyle(element);
  const glow = style.getPropertyValue(colour === "color" ? "--accent" : "--flash");
  element.animate([{ [colour]: glow }, { [colour]: style[colour] }], { duration: 1600, easing: "ease-out" });
}

/** Run a piece of work once per frame however often it is asked for. */
export function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
