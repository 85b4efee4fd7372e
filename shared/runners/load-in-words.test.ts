import { expect, test } from "vitest";
import type { DeviceLoad, HostLoad } from "../contracts/host-load.ts";
import { deviceInWords, hostInWords, loadInShort } from "./load-in-words.ts";

const card: DeviceLoad = {
  ...{ name: "NVIDIA L4", busy: 0.63, encoder: 0.41, decoder: 0.12 },
  ...{ memoryUsedBytes: 3_200_000_000, memoryBytes: 24_000_000_000, celsius: 58.4 },
};
const silent: DeviceLoad = {
  ...{ name: "Old\u001b[31m card", busy: null, encoder: null, decoder: null },
  ...{ memoryUsedBytes: null, memoryBytes: null, celsius: null },
};
const host: HostLoad = {
  ...{ cpu: 0.124, memoryUsedBytes: 3_100_000_000, memoryBytes: 16_000_000_000, speed: 2.43 },
  devices: [card],
};

test("says of a host and its devices what is known, and no more", () => {
  expect(hostInWords(host)).toBe("cores 12 %, memory 3.1/16.0 GB, 2.4× real time");
  expect(hostInWords({ ...host, speed: null })).toBe("cores 12 %, memory 3.1/16.0 GB");
  expect(deviceInWords(card)).toBe("NVIDIA L4: 63 %, encoders 41 %, decoders 12 %, memory 3.2/24.0 GB, 58 °C");
  expect(deviceInWords(silent)).toBe("Old?[31m card: its driver does not tell");
});

test("is short in a list: one line for the host, one for all its devices", () => {
  expect(loadInShort({ ...host, devices: [] })).toEqual(["cores 12 %, 2.4× real time"]);
  expect(loadInShort(host)).toEqual(["cores 12 %, 2.4× real time", "GPU 63 %, encoders 41 %, memory 13 %, 58 °C"]);
  expect(loadInShort({ ...host, devices: [card, { ...card, busy: 0.9, celsius: 40 }] })[1]).toBe(
    "2 GPUs, at most 90 %, encoders 41 %, memory 13 %, 58 °C",
  );
  expect(loadInShort({ ...host, devices: [silent] })).toHaveLength(1);
});
