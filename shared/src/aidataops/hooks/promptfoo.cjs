// Publishes a promptfoo evaluation when it has ended. In promptfooconfig.yaml:
//
//   extensions: ["file://aidataops.cjs:afterAll"]
//
// On when AIDATAOPS_PROJECT is set. The results are written into the outbox first; what cannot be
// sent stays there for `aidataops publish outbox`. It never fails the evaluation. Publish either by
// this or by `aidataops publish promptfoo`: they do not agree on when the evaluation ended.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

function options(environment) {
  const [, dataset, version] = /^(.+)@(\d+)$/.exec(environment.AIDATAOPS_DATASET_VERSION || '') || [];
  return {
    project: environment.AIDATAOPS_PROJECT,
    baseline: environment.AIDATAOPS_BASELINE || null,
    dataset_version: dataset ? { dataset, version: Number(version) } : null,
  };
}

function keep(directory, { evalId, config, results, prompts }) {
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `promptfoo-${evalId.replace(/[^\w.-]/g, '_')}.json`);
  const timestamp = new Date().toISOString();
  const content = { evalId, config, results: { version: 3, timestamp, prompts, results } };
  fs.writeFileSync(file, JSON.stringify(content));
  const entry = { tool: 'promptfoo', options: options(process.env) };
  fs.writeFileSync(`${file}.unfinished`, JSON.stringify(entry));
  fs.renameSync(`${file}.unfinished`, `${file}.entry.json`);
}

module.exports = async function aidataops(context, { hookName }) {
  if (hookName !== 'afterAll' || !process.env.AIDATAOPS_PROJECT) return;
  const directory = process.env.AIDATAOPS_OUTBOX || path.join('.aidataops', 'outbox');
  try {
    keep(directory, context);
    if (!process.env.AIDATAOPS_GATEWAY_URL) {
      console.error(`aidataops: no AIDATAOPS_GATEWAY_URL: the results wait in ${directory}`);
      return;
    }
    const command = process.env.AIDATAOPS_COMMAND || 'aidataops';
    const run = spawnSync(command, ['publish', 'outbox', directory], { stdio: 'inherit' });
    if (run.error) throw run.error;
  } catch (error) {
    console.error(`aidataops: the results wait in ${directory}: ${error.message}`);
  }
};
