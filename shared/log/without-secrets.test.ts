import { expect, test } from "vitest";
import { withoutSecrets } from "./without-secrets.ts";

const SECRET = "S3cr3tS3cr3tS3cr3tS3cr3t";

test.each([
  `rw_local_01k9abc_${SECRET}_0123abcd`,
  `rwrun_prod_01k9abc_weur_${SECRET}_0123abcd`,
  `rwinv_prod_01k9abc_${SECRET}_0123abcd`,
  `whsec_${SECRET}==`,
  `Authorization: Bearer ${SECRET}`,
  `eyJhbGciOiJFZERTQSJ9.${SECRET}.${SECRET}`,
  `lease eyJ2ZXJzaW9uIjoxfQ.${SECRET} refused`,
  `{"path":"/api/v1/play/eyJ2ZXJzaW9uIjoxfQ.${SECRET}/video-1/init.mp4"}`,
  `(see=https://bucket.example/key?sig=${SECRET})`,
  `https://bucket.example/key?X-Amz-Signature=${SECRET}`,
  `https://source.example/film.mp4?token=${SECRET}&x=1 failed`,
  `s3://bucket/key?versionId=${SECRET}`,
  `https://user:${SECRET}@source.example/film.mp4`,
  `GET /key?X-Amz-Expires=1&X-Amz-Signature=${SECRET} refused`,
  JSON.stringify({ secretAccessKey: SECRET }),
  JSON.stringify({ body: JSON.stringify({ password: SECRET, refreshToken: SECRET }) }),
  JSON.stringify({ headers: { "reelway-lease": SECRET, Cookie: SECRET, "set-cookie": SECRET } }),
  JSON.stringify({ clientSecret: `a\\"${SECRET}` }),
])("hides the secret of %s", (text) => {
  const hidden = withoutSecrets(text);
  expect(hidden).not.toContain(SECRET);
  expect(hidden).toContain("[redacted]");
  expect(withoutSecrets(hidden)).toBe(hidden);
});

test("leaves what is no secret", () => {
  const text = '{"jobId":"job_01k9","url":"https://a.example/b","tokens":3,"message":"Bearer of bad news? No"}';
  expect(withoutSecrets(text)).toBe(text.replace("Bearer of", "Bearer [redacted]"));
});

test("a line of JSON stays one", () => {
  const record = { message: `x ${JSON.stringify({ token: SECRET })}`, secret: SECRET, after: 1 };
  expect(JSON.parse(withoutSecrets(JSON.stringify(record)))).toMatchObject({ secret: "[redacted]", after: 1 });
});

test.each(["eyJabcdef-", "aa://b", "\\", "Bearer ", "rw_a-", "secret", '"token'])(
  "is as fast as the text is long: %s",
  (part) => {
    const text = part.repeat(150_000 / part.length);
    const startedAt = performance.now();
    withoutSecrets(text);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  },
);
