-- For wrk: posts the lines of a file in turn, then says in JSON what became of them.
-- wrk -s rotate.lua URL -- FILE

local prepared = {}
local last = 0

function init(arguments)
  wrk.method = "POST"
  wrk.headers["content-type"] = "application/json"
  wrk.headers["accept"] = "application/json"
  for body in io.lines(arguments[1]) do
    prepared[#prepared + 1] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  last = last % #prepared + 1
  return prepared[last]
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\nCOUNTED {"requests":%d,"microseconds":%d,"bytes":%d,"refused":%d,"lost":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, errors.status, lost,
    latency:percentile(50), latency:percentile(99)))
end
