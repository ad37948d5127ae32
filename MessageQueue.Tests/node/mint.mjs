// Makes tokens for the tests with jose: right ones ("good…") and wrong ones. Keys come as JSON on standard input.
import { readFileSync } from "node:fs";
import { importPKCS8, SignJWT, UnsecuredJWT } from "jose";

const keys = JSON.parse(readFileSync(0, "utf8"));
const bytes = text => new TextEncoder().encode(text);
const claims = { mq: { join: ["lobby", "team-*"], emit: ["lobby"] } };
const rsa = await importPKCS8(keys.rsa, "RS256");
const otherRsa = await importPKCS8(keys.otherRsa, "RS256");
const rsa512 = await importPKCS8(keys.rsa, "RS512");
const pss = await importPKCS8(keys.rsa, "PS256");
const ecdsa = await importPKCS8(keys.ecdsa, "ES256");

const token = ({ aud = "mq", exp = "1h" } = {}) =>
  new SignJWT(claims).setSubject("ann").setAudience(aud).setIssuedAt().setExpirationTime(exp);
const sign = (header, key, options) => token(options).setProtectedHeader(header).sign(key);

console.log(JSON.stringify({
  goodSecret: await sign({ alg: "HS256" }, bytes(keys.secret)),
  goodRsa: await sign({ alg: "RS256", kid: "r" }, rsa),
  goodRsaWithoutId: await sign({ alg: "RS256" }, rsa),
  goodEcdsa: await sign({ alg: "ES256", kid: "e" }, ecdsa),
  expired: await sign({ alg: "RS256", kid: "r" }, rsa, { exp: "-1h" }),
  audience: await sign({ alg: "RS256", kid: "r" }, rsa, { aud: "other" }),
  wrongKey: await sign({ alg: "RS256", kid: "r" }, otherRsa),
  unknownKey: await sign({ alg: "RS256", kid: "x" }, rsa),
  publicKeyAsSecret: await sign({ alg: "HS256", kid: "r" }, bytes(keys.rsaPublic)),
  none: new UnsecuredJWT(claims).setSubject("ann").setAudience("mq").setExpirationTime("1h").encode(),
  rs512: await sign({ alg: "RS512", kid: "r" }, rsa512),
  ps256: await sign({ alg: "PS256", kid: "r" }, pss),
}));
