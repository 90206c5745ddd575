// What a page knows of itself but does not show: files of its own, asked for when somebody wants to see it.
(() => {
  const coming = {};

  /** Data of this page by their name, once loaded; a script, since a page from a file may fetch nothing else. */
  window.pageData = (name) =>
    (coming[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.getElementById(name).dataset.from;
      pageData[name] = resolve; // which the script calls
      script.onerror = () => {
        delete coming[name]; // to be tried again
        reject(new Error(`${script.src} could not be loaded`));
      };
      document.head.append(script);
    }));
})();
