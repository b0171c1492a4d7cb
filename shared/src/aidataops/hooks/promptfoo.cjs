// Publishes a promptfoo evaluation when it has ended.
//
//   extensions: [file://aidataops-promptfoo.cjs:afterAll]     (promptfooconfig.yaml)
//
// On when AIDATAOPS_PROJECT is set. The results are written into the outbox first; what cannot be
// sent stays there for `aidataops publish outbox`. It never fails the evaluation.
const { execFileSync } = require('node:child_process');

module.exports = async function aidataops(hook, context) {
  if (hook !== 'afterAll' || !process.env.AIDATAOPS_PROJECT) return;
  try {
    const { evalId, config, results, prompts } = context;
    const evaluation = { evalId, config, results, prompts, endedAt: new Date().toISOString() };
    const command = process.env.AIDATAOPS_COMMAND || 'aidataops';
    process.stderr.write(
      execFileSync(command, ['publish', 'promptfoo-extension'], {
        input: JSON.stringify(evaluation),
        maxBuffer: 1 << 26,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
  } catch (error) {
    console.error(`aidataops: the results were not published: ${error.message}`);
  }
};
