// Alipay's own SDK for Node (`alipay-sdk`) as a child process: a question a line, an answer a line, both JSON.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { AlipaySdk } = createRequire(`${process.argv[2]}/`)('alipay-sdk');

function client(question) {
  const keys =
    question.mode === 'certificate'
      ? {
          appCertContent: question.app_certificate,
          alipayPublicCertContent: question.alipay_certificate,
          alipayRootCertContent: question.root_certificate,
        }
      : { alipayPublicKey: question.alipay_public_key };
  return new AlipaySdk({
    appId: question.app_id,
    privateKey: question.private_key,
    keyType: 'PKCS8',
    gateway: question.gateway,
    camelcase: false,
    ...keys,
  });
}

async function answer(question) {
  if (question.notice) return client(question).checkNotifySignV2(question.notice);
  const parameters = { bizContent: question.content };
  if (question.notify_url) parameters.notifyUrl = question.notify_url;
  return client(question).exec(question.method, parameters, { validateSign: true });
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ said: await answer(JSON.parse(line)) }));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error) }));
  }
}
