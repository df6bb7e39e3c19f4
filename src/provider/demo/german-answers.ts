import { formulas, javascriptSample, pythonSample, type Answers } from './answers.ts';

/** The same answers as the English ones. */
export const german: Answers = {
  code: (quoted, question) => `## Ein kleines Programm

Die Frage war: *${quoted}*. Das Demo-Modell kann das nicht wirklich lösen, zeigt aber, wie Code hier aussieht.

In **Python**:

${pythonSample(question)}

Dasselbe in **JavaScript**:

${javascriptSample(question)}

Beide trennen an Leerzeichen und zählen; \`most_common\` erspart das Sortieren.`,

  math: (quoted) => String.raw`## Wachstum als Formel

Die Frage war: *${quoted}*. Als Beispiel: So wächst ein Betrag $P$ beim Jahreszins $r$:

${formulas}

1. $n$ ist die Zahl der Zinstermine im Jahr,
2. $t$ die Zahl der Jahre.

Für $P = 1000$, $r = 0{,}05$, $n = 1$ und $t = 10$ ergibt das **etwa 1 629**. Die bekannteste Formel bleibt $a^2 + b^2 = c^2$.`,

  table: (quoted) => `## Im Vergleich

Die Frage war: *${quoted}*. Das Demo-Modell weiß darüber nichts; hier stattdessen zwei Wege zu einem Modell:

| | Auf diesem Rechner | Bei einem Anbieter |
|---|---|---|
| Kosten | Strom | je Token |
| Privatsphäre | nichts verlässt das Haus | je nach Vertrag |
| Güte | gut | **am besten** |
| Einrichten | zehn Minuten | *ein Schlüssel* |

> Eine Tabelle ersetzt tausend Eigenschaftswörter.

**Kurz gesagt:** Mit dem beginnen, was da ist, und wechseln, wenn es stört.`,

  plan: (quoted) => `## Ein Plan

Für *${quoted}* schlägt das Demo-Modell vor, was fast immer passt:

1. **Sagen, wann es fertig ist.** Ein Satz genügt.
2. **In Stücke teilen:**
   - Stücke von einer Stunde,
   - jedes mit einem Ergebnis:
     - etwas zum Ansehen
     - oder etwas zum Ausprobieren.
3. **Mit dem Unbekanntesten beginnen.**

### Zum Abhaken

- [x] Die Frage stellen
- [ ] Ein echtes Modell verbinden
- [ ] Noch einmal fragen`,

  general: (quoted) => `## Hallo vom Demo-Modell

Geschrieben wurde: *${quoted}*. Ein echtes Modell würde das nun beantworten; die Demo zeigt nur, wie Antworten aussehen: **fett**, *kursiv*, ~~gestrichen~~, \`Code\` und [ein Link](https://ollama.com).

Zum Ausprobieren:

- *Schreibe eine Funktion, die Wörter zählt* zeigt Code
- *Zeige mir eine Formel für Zinsen* zeigt Mathematik
- *Vergleiche zwei Wege* zeigt eine Tabelle
- *Mache einen Plan* zeigt Schritte und eine Liste zum Abhaken
- *Zeig mir alles* zeigt alles auf einmal

> Mit *Bild* statt *Senden* malt die Demo die Worte.`,

  connect: `*Das ist die eingebaute Demo: Sie arbeitet ohne Netz nach einfachen Regeln.* Um einen echten Modellserver zu verbinden, eine dieser Zeilen in \`.env\` eintragen und Salon neu starten:

\`\`\`ini
OPENAI_BASE_URL=http://127.0.0.1:11434/v1
OPENAI_API_KEY=dein-schlüssel
\`\`\``,
  untitled: 'Neues Gespräch',
  summary: (words) => `Ein Gespräch über: ${words}.`,
  ideas: [
    'Ein Leuchtturm über einem ruhigen Meer bei Sonnenuntergang',
    'Verschneite Berge hinter einem dunklen Wald bei Vollmond',
    'Eine schlafende Katze auf einem roten Kissen',
    'Eine Stadt bei Nacht mit hellen Fenstern',
    'Eine einzelne Blume auf einer grünen Wiese',
    'Ein Segelboot zwischen kleinen Inseln',
    'Herbstbäume an einem stillen Fluss',
    'Sterne über einer Wüste mit einem kleinen Zelt',
  ],
};
