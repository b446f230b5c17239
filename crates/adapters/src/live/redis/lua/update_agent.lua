local id, if_rev, seen = ARGV[6], ARGV[7], ARGV[8]
local key = base .. 'a:' .. id
local before = fetch(key)
if not before then return { 'missing' } end
if if_rev ~= '' and if_rev ~= before.rev then return { 'changed' } end
local after = lay(copy(before), 9)
if before.seen > after.seen then after.seen = before.seen end
for field, value in pairs(after) do
  -- A node that never had a screen open does not begin with none.
  if field:sub(1, 3) == 'cn:' and value == '0' and not before[field] then after[field] = nil end
end
if differs(before, after, 'seen') then
  after.rev = int(tonumber(before.rev) + 1)
  put_agent(id, before, after)
else
  redis.call('HSET', key, 'seen', after.seen)
end
if seen ~= '' then redis.call('ZADD', base .. 'ix:a:seen', 'GT', seen, padded(id)) end
return { 'ok', flat(after) }
