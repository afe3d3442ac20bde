// One viewer of the bench's stream in k6, as scripts for HLS are written: it reads the
// playlist and asks for its newest segment, by turns, half a segment's length apart. There
// is no player in it.
import http from 'k6/http';
import { sleep } from 'k6';

const every = Number(__ENV.EVERY);
const ramp = Number(__ENV.RAMP);

export const options = {
  scenarios: { viewers: { executor: 'constant-vus', vus: Number(__ENV.VIEWERS), duration: __ENV.DURATION, gracefulStop: '0s' } },
  discardResponseBodies: true,
  summaryTrendStats: ['p(99)'],
};

function paced(file, params) {
  const began = Date.now();
  const answer = http.get(`${__ENV.URL}/${file}`, params);
  sleep(Math.max(every - (Date.now() - began) / 1000, 0));
  return answer;
}

export default function () {
  if (__ITER === 0) sleep(((__VU - 1) * ramp) / Number(__ENV.VIEWERS));
  const playlist = paced('video.m3u8', { responseType: 'text' }).body;
  const segments = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  paced(segments[segments.length - 1]);
}
