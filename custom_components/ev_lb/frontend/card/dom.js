/** Small helpers that write only plain text, and only what differs from before. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {WeakMap<Element, Map<string, unknown>>} */
const shown = new WeakMap();

/**
 * Write what an element shows: `text`, properties, `--custom` styles, attributes.
 * Nothing is touched that is as it was; null takes an attribute or a style away.
 *
 * @param {Element} node
 * @param {Record<string, string | number | boolean | null | undefined>} values
 */
export function show(node, values) {
  let known = shown.get(node);
  if (!known) shown.set(node, (known = new Map()));
  for (const [name, value] of Object.entries(values)) {
    if (known.get(name) === value && known.has(name)) continue;
    known.set(name, value);
    write(node, name, value ?? null);
  }
}

/**
 * Let the next `show` write a value even if it wrote the same one before, because
 * the user has changed it since.
 *
 * @param {Element} node
 * @param {string} name
 */
export function forget(node, name) {
  shown.get(node)?.delete(name);
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean | null} value
 */
function write(node, name, value) {
  if (name === "text") {
    node.textContent = value === null ? "" : String(value);
  } else if (name.startsWith("--")) {
    const { style } = /** @type {HTMLElement} */ (node);
    if (value === null) style.removeProperty(name);
    else style.setProperty(name, String(value));
  } else if (name === "hidden" || name === "disabled") {
    node.toggleAttribute(name, Boolean(value));
  } else if (name === "value") {
    /** @type {HTMLSelectElement} */ (node).value = String(value);
  } else if (value === null || value === false) {
    node.removeAttribute(name);
  } else {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null>} [values] For `show`.
 * @param {...Node} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, values = {}, ...children) {
  const node = document.createElement(tag);
  show(node, values);
  node.append(...children);
  return node;
}

/**
 * Make an element of a drawing.
 *
 * @param {string} tag
 * @param {Record<string, string | number | null>} [values] For `show`.
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function draw(tag, values = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  show(node, values);
  node.append(...children);
  return /** @type {SVGElement} */ (node);
}

/**
 * Make one of Home Assistant's icons; it says nothing to a screen reader.
 *
 * @param {string} name
 * @param {string} [className]
 */
export function icon(name, className = "icon") {
  const node = document.createElement("ha-icon");
  show(node, { icon: name, class: className, "aria-hidden": "true" });
  return node;
}

/**
 * Keep a list of parts in step with a list of keys: new ones are made, gone ones
 * removed, and the others stay where and as they are.
 *
 * @template {{root: Element}} Part
 * @param {Element} parent
 * @param {Map<string, Part>} parts
 * @param {string[]} keys
 * @param {(key: string) => Part} build
 */
export function keep(parent, parts, keys, build) {
  for (const [key, part] of parts) {
    if (!keys.includes(key)) {
      part.root.remove();
      parts.delete(key);
    }
  }
  /** @type {Element | null} */
  let before = null;
  for (const key of keys) {
    let part = parts.get(key);
    if (!part) parts.set(key, (part = build(key)));
    /** @type {Element | null} */
    const place = before ? before.nextElementSibling : parent.firstElementChild;
    if (place !== part.root) parent.insertBefore(part.root, place);
    before = part.root;
  }
}
