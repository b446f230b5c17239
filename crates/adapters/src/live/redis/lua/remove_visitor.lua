local before = remove_visitor(ARGV[6])
if before then return { 'ok', flat(before) } end
return { 'missing' }
