local id, asserted, seen = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local before = fetch(base .. 'a:' .. id)
local after = lay({}, 9)
local rev = asserted
if before then
  local stored = tonumber(before.rev)
  if asserted ~= 0 and asserted < stored then return { 'ok', flat(before) } end
  rev = math.max(rev, stored)
  if before.seen > after.seen then after.seen = before.seen end
  after.last_assigned, after['.assigned'], after.idle_since = before.last_assigned, before['.assigned'], before.idle_since
  for field, value in pairs(before) do
    if field:sub(1, 3) == 'cn:' and not after[field] then after[field] = value end
  end
elseif redis.call('SCARD', base .. 'burden:' .. id) > 0 then
  after.idle_since = 'null'
elseif after.idle_since == 'null' then
  after.idle_since = now_json
end
after.rev = int(rev + 1)
put_agent(id, before, after)
redis.call('ZADD', base .. 'ix:a:seen', 'GT', seen, padded(id))
return { 'ok', flat(after) }
