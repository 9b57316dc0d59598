/** Draws elements from trees that describe them, and touches only what differs from the
 * last time. Nothing is ever written but text, attributes, custom properties and
 * listeners: a name can never become markup. */

/**
 * @typedef {Record<string, unknown>} Values
 * @typedef {{tag: string, values: Values, children: Child[]}} Tree
 * @typedef {Tree | string | false | null | undefined} Child
 * @typedef {{node: HTMLElement, tree?: Tree}} Part
 */

const SVG_TAGS = ["svg", "g", "path", "line"];

/** @type {WeakMap<Node, Map<unknown, Part>>} */
const drawn = new WeakMap();

/**
 * Describe an element.
 * @param {string} tag
 * @param {string | Values} [values] Its class alone, or attributes, `--custom` styles,
 *   listeners such as `onclick`, and the `key` that tells it from others in a list.
 * @param {...Child} children Either one text or elements; what is not there keeps its place.
 * @returns {Tree}
 */
export function h(tag, values = {}, ...children) {
  const all = typeof values === "string" ? { class: values } : values;
  const [text] = children;
  if (typeof text !== "string") return { tag, values: all, children };
  return { tag, values: { ...all, text }, children: [] };
}

/**
 * Describe one of Home Assistant's icons; it says nothing to a screen reader.
 * @param {string} name
 */
export const icon = (name) => h("ha-icon", { icon: name, class: "icon", "aria-hidden": "true" });

/**
 * Make the children of a node what the trees describe; those that stay are not moved.
 * @param {Node} parent
 * @param {Child[]} trees
 */
export function draw(parent, trees) {
  const before = drawn.get(parent) ?? new Map();
  if (!before.size && !trees.length) return;
  /** @type {Map<unknown, Part>} */
  const after = new Map();
  /** @type {Tree[]} */
  const there = [];
  trees.forEach((tree, place) => {
    if (!tree || typeof tree === "string") return;
    const key = tree.values.key ?? place;
    const part = before.get(key);
    after.set(key, part?.tree.tag === tree.tag ? part : { node: create(tree.tag) });
    there.push(tree);
  });
  for (const [key, { node }] of before) if (after.get(key)?.node !== node) node.remove();
  let next = parent.firstChild;
  for (const [place, part] of [...after.values()].entries()) {
    if (part.node === next) next = next.nextSibling;
    else parent.insertBefore(part.node, next);
    const tree = there[place];
    if (tree) update(part, tree);
  }
  drawn.set(parent, after);
}

/** @param {string} tag */
function create(tag) {
  if (!SVG_TAGS.includes(tag)) return document.createElement(tag);
  return /** @type {any} */ (document.createElementNS("http://www.w3.org/2000/svg", tag));
}

/**
 * @param {Part} part
 * @param {Tree} tree
 */
function update(part, tree) {
  if (part.tree === tree) return;
  const { node } = part;
  const known = part.tree?.values ?? {};
  part.tree = tree;
  draw(node, tree.children);
  for (const name in { ...known, ...tree.values }) {
    const value = tree.values[name];
    if (known[name] !== value || name === "value") write(node, name, value);
  }
}

/**
 * @param {any} node
 * @param {string} name
 * @param {unknown} value
 */
function write(node, name, value) {
  if (name === "text") node.textContent = value;
  else if (name === "value") {
    // Users change it, too; without one it is theirs.
    if (value !== undefined && node.value !== value) node.value = value;
  } else if (name.startsWith("on")) node[name] = value;
  else if (name.startsWith("--")) node.style.setProperty(name, value ?? "");
  else if (value == null || value === false) node.removeAttribute(name);
  else if (name !== "key") node.setAttribute(name, value === true ? "" : value);
}
