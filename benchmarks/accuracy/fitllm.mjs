// Answers of fitllm-engine: reads {configs, tokens} from standard input, writes bytes or null each.
import { readFileSync } from "node:fs";

const { parseHfConfig, calcKVCache, ENGINE_VERSION } = await import(process.argv[2]);
const { configs, tokens } = JSON.parse(readFileSync(0, "utf8"));
const answers = configs.map((config) => {
  try {
    const model = parseHfConfig("owner/case", { torch_dtype: "bfloat16", ...config }, 1e9);
    return calcKVCache(model, tokens, 16).totalBytes;
  } catch {
    return null; // it refuses what it does not know, and says so
  }
});
process.stdout.write(JSON.stringify({ version: ENGINE_VERSION, answers }));
