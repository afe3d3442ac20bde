// Where dash.js keeps the settings that scenarios call by their last name.
const places = {
  'delay': ['liveDelay', 'liveDelayFragmentCount', 'useSuggestedPresentationDelay'],
  'buffer': [
    'bufferTimeDefault', 'bufferTimeAtTopQuality', 'bufferTimeAtTopQualityLongForm', 'longFormContentDurationThreshold',
    'bufferToKeep', 'bufferPruningInterval', 'stallThreshold', 'fastSwitchEnabled',
  ],
  'gaps': ['jumpGaps', 'jumpLargeGaps', 'smallGapLimit'],
  'scheduling': ['defaultTimeout'],
  'utcSynchronization': ['timeBetweenSyncAttempts'],
  'abr': ['hybridSwitchBufferTime'],
  '': ['cacheInitSegments', 'manifestRequestTimeout', 'fragmentRequestTimeout', 'abandonLoadTimeout'],
}
const paths = {
  utcSynchronization: 'utcSynchronization.enabled',
  retryIntervalMPD: 'retryIntervals.MPD',
  retryIntervalInit: 'retryIntervals.InitializationSegment',
  retryIntervalMedia: 'retryIntervals.MediaSegment',
  retryAttemptsMPD: 'retryAttempts.MPD',
  retryAttemptsInit: 'retryAttempts.InitializationSegment',
  retryAttemptsMedia: 'retryAttempts.MediaSegment',
  bandwidthSafetyFactor: 'abr.throughput.bandwidthSafetyFactor',
  averageCalculationMode: 'abr.throughput.averageCalculationMode',
  throughputSampleSizeLive: 'abr.throughput.sampleSettings.live',
  throughputSampleSizeVOD: 'abr.throughput.sampleSettings.vod',
  liveCatchupEnabled: 'liveCatchup.enabled',
  liveCatchupRateMin: 'liveCatchup.playbackRate.min',
  liveCatchupRateMax: 'liveCatchup.playbackRate.max',
  liveCatchupMaxDrift: 'liveCatchup.maxDrift',
}
for (const [place, names] of Object.entries(places)) {
  for (const name of names) paths[name] = place ? `${place}.${name}` : name
}
for (const type of ['Video', 'Audio']) {
  for (const name of ['initialBitrate', 'minBitrate', 'maxBitrate', 'autoSwitchBitrate']) {
    paths[name + type] = `abr.${name}.${type.toLowerCase()}`
  }
  paths['cacheLoadThreshold' + type] = `cacheLoadThresholds.${type.toLowerCase()}`
}
// What dash.js 4.7 calls otherwise.
const old = {
  bufferTimeDefault: 'buffer.stableBufferTime',
  bandwidthSafetyFactor: 'abr.bandwidthSafetyFactor',
}

function settingsOf(options) {
  const streaming = {}
  for (const [name, value] of Object.entries(options)) {
    const path = (play.version.startsWith('4') && old[name]) || paths[name]
    if (!path) throw new Error(`option ${name}: not one of dash.js that the page knows`)
    const steps = path.split('.')
    const last = steps.pop()
    steps.reduce((at, step) => (at[step] ??= {}), streaming)[last] = value
  }
  return { streaming }
}
