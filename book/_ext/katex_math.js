// Each line of the input is a formula as JSON, [tex, displayMode]; each line of the output its {html} or {error}.
const katex = require(process.argv[2]);
// How MathML is to be laid out: nobody sees it, it is read aloud, and KaTeX's HTML beside it is what is seen.
const LOOKS = / (?:scriptlevel|displaystyle|stretchy|fence|separator|[lr]space|(?:row|column)(?:spacing|align))="[^"]*"/g;
const spoken = (html) => html.replace(/<math[^]*?(?=<annotation)/g, (math) => math.replace(LOOKS, ""));
const lines = require("node:readline").createInterface({ input: process.stdin });

lines.on("line", (line) => {
  const [tex, displayMode] = JSON.parse(line);
  let answer;
  try {
    answer = { html: spoken(katex.renderToString(tex, { displayMode, strict: "error" })) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
