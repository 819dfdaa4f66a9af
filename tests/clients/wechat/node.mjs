// The `wechatpay-axios-plugin` as a child process: a question a line, an answer a line, both JSON.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { Wechatpay } = createRequire(`${process.argv[2]}/`)('wechatpay-axios-plugin');

let wechatpay;

async function answer(question) {
  if (question.configure) {
    wechatpay = new Wechatpay(question.configure);
    return null;
  }
  const { path, method, data, config } = question;
  const reply = await wechatpay.client.request(path, method, data, config);
  return { status: reply.status, data: reply.data };
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ said: await answer(JSON.parse(line)) }));
  } catch (error) {
    const { status, data } = error.response ?? {};
    console.log(JSON.stringify({ refused: { message: String(error), status, data } }));
  }
}
