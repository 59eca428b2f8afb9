-- Looks at a part of the lanes: what waits in them, and which of them stand still. Uses the functions of `call`.
--
-- Reads  BACKLOG_KEYS, BACKLOG_ARGS
-- Returns {number of lanes in this part, of waiting deliveries, of deliveries under way,
--          time (ms) at which the oldest delivery was due, or '' when none is due, row, ...}
--         with a row for each lane that is open or paused, or whose oldest delivery was due more than late_ms ago:
--         {lane, number of waiting deliveries, time (ms) at which the oldest is due, or '', open_ms, open_until,
--          open_since, probe, paused_until, failed, inflight}

local BACKLOG_KEYS = {'lanes'}
-- first, last: the part, as ranks in the sorted set of lanes. late_ms: how long a delivery may have been due.
local BACKLOG_ARGS = {'first', 'last', 'late_ms', 'due_prefix', 'lane_prefix'}

local call = read_args(BACKLOG_ARGS, read_keys(BACKLOG_KEYS))
local late_before = now - call.late_ms
local lanes = redis.call('ZRANGE', call.lanes, call.first, call.last)
local waiting, under_way = 0, 0
local oldest_due = now
local result = {#lanes, 0, 0, ''}
for _, lane in ipairs(lanes) do
  local due_key = call.due_prefix .. lane
  local count = redis.call('ZCARD', due_key)
  local oldest = redis.call('ZRANGE', due_key, 0, 0, 'WITHSCORES')[2] or ''
  local fields = redis.call('HMGET', call.lane_prefix .. lane,
    'open_ms', 'open_until', 'open_since', 'probe', 'paused_until', 'failed', 'inflight')
  for i = 1, #fields do fields[i] = fields[i] or '' end
  waiting = waiting + count
  if oldest ~= '' then oldest_due = math.min(oldest_due, tonumber(oldest)) end
  under_way = under_way + math.max(0, tonumber(fields[7]) or 0)
  local is_late = oldest ~= '' and tonumber(oldest) < late_before
  if is_late or fields[1] ~= '' or (tonumber(fields[5]) or 0) > now then
    result[#result + 1] = {lane, count, oldest, unpack(fields)}
  end
end
result[2], result[3] = waiting, under_way
if oldest_due < now then result[4] = string.format('%d', oldest_due) end
return result
