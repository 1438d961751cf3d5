// Finds a link to a call in an address that has no page. A program on the link's
// way encoded its “#” or changed its path, and the server takes no part in
// reading it: the fragment of the call page is the place for it.
(() => {
  const decode = (text) =>
    text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
      try {
        return decodeURIComponent(escapes);
      } catch {
        return escapes;
      }
    });
  const decodeAll = (text) => decode(decode(decode(text)));
  /** A name of 128 bits and what follows it, or what follows the “#” of the call page. */
  const find = (text) =>
    /(?:pw-(?:[\da-f]{32}-)?)?[\da-f]{32}\s*,.*$/s.exec(text)?.[0] ??
    /^\/call\/?#(.+)$/is.exec(text)?.[1];

  const { pathname, search, hash } = location;
  const sent = decodeAll(pathname + search);
  const link = find(sent + decodeAll(hash));
  if (!link) return;
  const target = `/call/#${link}`;
  const keyWasSent = /,\s*[\w-]{8}/.test(find(sent) ?? "");
  if (!keyWasSent) return location.replace(target);
  document.getElementById("open").href = target;
  document.getElementById("missing").hidden = true;
  document.getElementById("changed").hidden = false;
  document.title = document.querySelector("#changed h1").textContent;
})();
