-- Lends the timers that are due for evaluation to one dispatcher; the others get them again when the loan ends. Uses
-- the functions of `call`.
--
-- Reads  DUE_ARGS, types x key of timers:<type>
-- Returns {now in ms, {id, field, value, field, value, ...}, ...}   each with the fields of timer:<id>,
--         then its facts, whose names have the prefix `facts ` or `own `

local DUE_ARGS = {'most', 'types', 'loan_ms', 'timer_prefix', 'facts_prefix'}

local call = read_args(DUE_ARGS)
local result = {now}
for _ = 1, call.types do
  local timers_key = read_key()
  for _, id in ipairs(redis.call('ZRANGE', timers_key, '-inf', now, 'BYSCORE', 'LIMIT', 0, call.most)) do
    redis.call('ZADD', timers_key, now + call.loan_ms, id)
    local row = redis.call('HGETALL', call.timer_prefix .. id)
    for _, scope in ipairs({'facts', 'own'}) do
      local digest = redis.call('HGET', call.timer_prefix .. id, scope)
      local facts = digest and redis.call('HGETALL', call.facts_prefix .. digest) or {}
      for i = 1, #facts, 2 do
        row[#row + 1] = scope .. ' ' .. facts[i]
        row[#row + 1] = facts[i + 1]
      end
    end
    table.insert(row, 1, id)
    result[#result + 1] = row
  end
end
return result
