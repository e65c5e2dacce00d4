// Looks for words in the text nodes of the document: [[words, how many equal ones stand before], …] in; for each a list
// of boxes [left, top, right, bottom] in CSS pixels of the page, the first around all of them, or a reason in words, out.
// Getters are taken from the prototypes: a form whose fields have their names hides those of the element itself.
(wanted, maxLines) => {
  const MAX_CHARS = 5_000_000, MAX_NODES = 200_000, MAX_ANCESTORS = 256, MAX_BEFORE = 1000;
  const getter = (type, name) => {
    const read = Object.getOwnPropertyDescriptor(type.prototype, name).get;
    return (node) => read.call(node);
  };
  const parentOf = getter(Node, 'parentElement'), nameOf = getter(Element, 'localName');
  const rootOf = getter(Document, 'documentElement');
  const boxOf = (element) => Element.prototype.getBoundingClientRect.call(element);
  const unseen = /[\s\x1c-\x1f\x85\xad\u200b-\u200f\u2060\ufeff\0]+/g;
  const skipped = new Set(['head', 'script', 'style', 'noscript', 'template', 'title', 'iframe', 'xmp', 'noembed', 'noframes']);
  const nodes = [], starts = [], parts = [];
  let length = 0;
  const accept = (node) => node.nodeType === 1 && skipped.has(nameOf(node)) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
  const walker = Document.prototype.createTreeWalker.call(
    document, rootOf(document), NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, accept);
  for (let node = walker.nextNode(); node && nodes.length < MAX_NODES && length < MAX_CHARS; node = walker.nextNode()) {
    if (node.nodeType !== 3) continue;
    const words = node.data.replace(unseen, '');
    if (!words) continue;
    nodes.push(node); starts.push(length); parts.push(words);
    length += words.length;
  }
  const text = parts.join('');

  const indexOf = (place) => {
    let low = 0, high = starts.length;
    while (low < high) { const middle = (low + high) >> 1; if (starts[middle] <= place) low = middle + 1; else high = middle; }
    return low - 1;
  };
  const offsetIn = (node, count) => {  // the offset in the node's data of its count-th seen character
    const data = node.data, blank = new RegExp(unseen.source);
    for (let at = 0, seen = 0; at < data.length; at++) {
      if (blank.test(data[at])) continue;
      if (seen++ === count) return at;
    }
    return data.length;
  };
  const seenAt = (element) => (nameOf(element) !== 'details' || Element.prototype.hasAttribute.call(element, 'open'))
    && Element.prototype.checkVisibility.call(element, { opacityProperty: true, visibilityProperty: true });
  const clipped = (element, box) => {  // the part of a box that no ancestor cuts off
    let [left, top, right, bottom] = box;
    for (let up = element, steps = 0; up && steps < MAX_ANCESTORS; up = parentOf(up), steps++) {
      const style = getComputedStyle(up);
      if (style.position === 'fixed') break;
      if (up === rootOf(document) || nameOf(up) === 'body' || style.display === 'inline') continue;
      if (style.overflowX === 'visible' && style.overflowY === 'visible' && style.clipPath === 'none') continue;
      const edge = boxOf(up);
      left = Math.max(left, edge.left); right = Math.min(right, edge.right);
      top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
    }
    return right > left && bottom > top ? (right - left) * (bottom - top) : 0;
  };

  return wanted.map(([words, before]) => {
    let at = text.indexOf(words);
    for (let count = 0; count < before && at >= 0 && before < MAX_BEFORE; count++) at = text.indexOf(words, at + 1);
    if (at < 0 || !words) return 'its words were not on the page any more, or are not painted as text';
    const boxes = [];
    let area = 0, left = 0;
    for (let index = indexOf(at); index < nodes.length && starts[index] < at + words.length; index++) {
      const node = nodes[index], size = parts[index].length;
      const range = new Range();
      range.setStart(node, offsetIn(node, Math.max(at - starts[index], 0)));
      range.setEnd(node, Math.min(offsetIn(node, Math.min(at + words.length - starts[index], size) - 1) + 1, node.data.length));
      const rects = [...range.getClientRects()].filter((rect) => rect.width > 0 && rect.height > 0);
      if (!rects.length || !seenAt(parentOf(node))) return 'it is in the document and not shown on the page';
      for (const rect of rects.slice(0, 400)) {
        const box = [rect.left, rect.top, rect.right, rect.bottom];
        area += rect.width * rect.height;
        left += clipped(parentOf(node), box);
        boxes.push(box.map((side, place) => side + (place % 2 ? scrollY : scrollX)));
      }
      if (boxes.length > 2000) return 'it is painted in more pieces than are looked at';
    }
    if (left < area / 2) return 'it is in the document, and most of it is cut off where it stands';
    const whole = boxes.reduce((all, box) => all.map((side, place) => place < 2 ? Math.min(side, box[place]) : Math.max(side, box[place])));
    return [whole, ...boxes.slice(0, maxLines)];
  });
}
