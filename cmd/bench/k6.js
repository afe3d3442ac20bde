// One viewer of the bench's stream in k6: the playlist and a segment by turns, half a
// segment's length apart. There is no player in it.
import http from 'k6/http';
import { sleep } from 'k6';

const every = Number(__ENV.EVERY);
const ramp = Number(__ENV.RAMP);

export const options = {
  scenarios: { viewers: { executor: 'constant-vus', vus: Number(__ENV.VIEWERS), duration: __ENV.DURATION, gracefulStop: '0s' } },
  discardResponseBodies: true,
  summaryTrendStats: ['p(99)'],
};

export default function () {
  if (__ITER === 0) sleep(((__VU - 1) * ramp) / Number(__ENV.VIEWERS));
  for (const file of ['video.m3u8', 's1.ts']) {
    const began = Date.now();
    http.get(`${__ENV.URL}/${file}`);
    sleep(Math.max(every - (Date.now() - began) / 1000, 0));
  }
}
