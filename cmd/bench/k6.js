// One viewer of the bench's stream in k6: a playlist and a segment by turns, half a
// segment's length apart. There is no player in it. Scripts for HLS read the playlist and
// ask for its newest segment; the least that a script can do is to know both by heart.
import http from 'k6/http';
import { sleep } from 'k6';

const every = Number(__ENV.EVERY);
const ramp = Number(__ENV.RAMP);
const reads = __ENV.READS === 'true';

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

function newest(playlist) {
  const segments = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return segments[segments.length - 1];
}

export default function () {
  if (__ITER === 0) sleep(((__VU - 1) * ramp) / Number(__ENV.VIEWERS));
  const answer = paced('video.m3u8', reads ? { responseType: 'text' } : {});
  paced(reads ? newest(answer.body) : 's1.ts');
}
