type Body = (quoted: string, question: string) => string;

/** What the demo model says in one language. `quoted` is the question as safe inline Markdown. */
export type Answers = {
  code: Body;
  math: Body;
  table: Body;
  plan: Body;
  general: Body;
  connect: string;
  untitled: string;
  summary: (words: string) => string;
  ideas: readonly string[];
};

/** A string literal of the question for code samples; it cannot close the fence it stands in. */
const literal = (question: string) =>
  JSON.stringify(question.replace(/\s+/g, ' ').trim().slice(0, 60)).replaceAll('`', "'");

export const pythonSample = (question: string) => `\`\`\`python
from collections import Counter

def count_words(text: str) -> Counter[str]:
    """Count how often each word appears."""
    return Counter(text.lower().split())

print(count_words(${literal(question)}).most_common(3))
\`\`\``;

export const javascriptSample = (question: string) => `\`\`\`javascript
const countWords = (text) =>
  text.toLowerCase().split(/\\s+/).reduce((counts, word) => {
    counts[word] = (counts[word] ?? 0) + 1;
    return counts;
  }, {});

console.log(countWords(${literal(question)}));
\`\`\``;

export const formulas = String.raw`$$
A = P \left(1 + \frac{r}{n}\right)^{n t}
$$`;

export const english: Answers = {
  code: (quoted, question) => `## A small program

You asked: *${quoted}*. The demo model cannot write what you need, but this shows how code looks here.

In **Python**:

${pythonSample(question)}

The same in **JavaScript**:

${javascriptSample(question)}

Both split at spaces and count; \`most_common\` saves the sorting.`,

  math: (quoted) => String.raw`## Growth, as a formula

Your question was: *${quoted}*. As an example, here is what becomes of an amount $P$ at a yearly rate $r$:

${formulas}

1. $n$ is how often interest is added in a year,
2. $t$ is the number of years.

For $P = 1000$, $r = 0.05$, $n = 1$ and $t = 10$ it gives **about 1,629**. The older sibling of all formulas is $a^2 + b^2 = c^2$.`,

  table: (quoted) => `## Side by side

You asked: *${quoted}*. The demo model knows no facts about it, so here is a comparison of ways to run a model:

| | On this machine | At a provider |
|---|---|---|
| Cost | electricity | per token |
| Privacy | nothing leaves the house | depends on the contract |
| Quality | good | **best** |
| Setting up | ten minutes | *one key* |

> A table is worth a thousand adjectives.

**In short:** begin with what you have, and change when it gets in the way.`,

  plan: (quoted) => `## A plan

For *${quoted}* the demo model suggests what suits almost everything:

1. **Say what done means.** One sentence is enough.
2. **Cut it into pieces:**
   - pieces of an hour,
   - each with a result:
     - something to look at,
     - or something to try.
3. **Begin with the piece you know least about.**

### To tick off

- [x] Ask the question
- [ ] Connect a real model
- [ ] Ask it again`,

  general: (quoted) => `## Hello from the demo model

You wrote: *${quoted}*. A real model would now answer that; the demo only shows what answers look like: **bold**, *italic*, ~~struck out~~, \`code\` and [a link](https://ollama.com).

Try one of these:

- *Write a function that counts words* for highlighted code
- *Show me a formula for interest* for mathematics
- *Compare two ways to do it* for a table
- *Make a plan* for steps and a list to tick off
- *Show me everything* for all of it at once

> Press *Image* instead of *Send*, and the demo paints your words.`,

  connect: `*This is the built-in demo: it works offline and follows simple rules.* To connect a real model server, put one of these lines into \`.env\` and restart Salon:

\`\`\`ini
OPENAI_BASE_URL=http://127.0.0.1:11434/v1
OPENAI_API_KEY=your-key
\`\`\``,
  untitled: 'New conversation',
  summary: (words) => `A conversation about: ${words}.`,
  ideas: [
    'A lighthouse above a calm sea at sunset',
    'Snowy mountains behind a dark forest under a full moon',
    'A sleeping cat on a red cushion',
    'A city by night with lit windows',
    'A single flower on a green meadow',
    'A sailing boat between small islands',
    'Autumn trees along a quiet river',
    'Stars over a desert with a small tent',
  ],
};
