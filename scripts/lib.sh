# Shared by ./run and ./test: finding tools, building what changed, starting peers. Sourced, never run.

root=${root:?}
target=${CARGO_TARGET_DIR:-$root/target}

say() { printf '\033[2m· %s\033[0m\n' "$*" >&2; }
fail() { printf 'switchboard: %s\n' "$*" >&2; exit 1; }

need_toolchain() {
  command -v cargo >/dev/null || fail "cargo is missing; install Rust 1.95 or newer (https://rustup.rs) and run this again"
  command -v node >/dev/null || fail "node is missing; install Node 20.19 or newer and run this again"
  command -v cc >/dev/null || fail "a C compiler is missing; install gcc (Debian: apt-get install build-essential) and run this again"
}

# A stamp of a set of files: names and contents.
stamp_of() { (cd "$root" && find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name schema.d.ts -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32); }

# Installs the npm packages when the lock file changed; builds console and widget when their sources changed.
build_ui() {
  mkdir -p "$target"
  local lock="$root/ui/node_modules/.stamp" want
  want=$(stamp_of ui/package-lock.json ui/package.json)
  if [ "$(cat "$lock" 2>/dev/null || true)" != "$want" ]; then
    say "installing the web packages (npm ci)"
    (cd "$root/ui" && npm ci --no-audit --no-fund --loglevel=error >&2) || fail "npm ci failed; see above"
    echo "$want" > "$lock"
  fi
  want=$(stamp_of ui docs/api/openapi.json)
  if [ "$(cat "$target/.ui-stamp" 2>/dev/null || true)" != "$want" ] || [ ! -f "$root/ui/console/dist/index.html" ] || [ ! -f "$root/ui/widget/dist/w.js" ]; then
    say "building console and widget"
    (cd "$root/ui" && npm run --silent types -w api >&2 && npm run --silent build -w widget >&2 && npm run --silent build -w console >&2) \
      || fail "building the web parts failed; see above"
    echo "$want" > "$target/.ui-stamp"
  fi
}

# build_server PROFILE: cargo tells by itself what changed.
build_server() {
  local profile=$1 folder=$1
  [ "$profile" = dev ] && folder=debug
  say "building the server ($profile)"
  SWITCHBOARD_REQUIRE_UI=1 cargo build --quiet --manifest-path "$root/Cargo.toml" --workspace --bins --profile "$profile" >&2 \
    || fail "building the server failed; see above"
  SWITCHBOARD_BIN="$target/$folder/switchboard"
  export SWITCHBOARD_BIN
}

# install_packages PACKAGE…: from Debian, when they are missing and we may.
install_packages() {
  local missing=()
  for package in "$@"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "missing: ${missing[*]}; install them and run this again"
  local sudo=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "missing packages: ${missing[*]}; as root: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  say "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq >&2 || true
  # No daemon may start by itself: the tests start their own on private ports.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || fail "could not install ${missing[*]}"
}

free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

# start_postgres FOLDER → sets POSTGRES_URL. Runs as an unprivileged user when we are root, as the server demands.
start_postgres() {
  local folder=$1 bin port as=()
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$bin" ] || fail "PostgreSQL's programs were not found below /usr/lib/postgresql"
  port=$(free_port)
  mkdir -p "$folder"
  if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; as=(runuser -u postgres --); fi
  "${as[@]}" "$bin/initdb" -D "$folder/data" -A trust -U switchboard >"$folder.log" 2>&1 || fail "initdb failed: $(tail -3 "$folder.log")"
  "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=300 -c recovery_init_sync_method=syncfs" start >>"$folder.log" 2>&1 \
    || fail "PostgreSQL did not start: $(tail -3 "$folder.log")"
  POSTGRES_URL="postgres://switchboard@127.0.0.1:$port/postgres"
  POSTGRES_RESTART="${as[*]} $bin/pg_ctl -D $folder/data -w -t 300 -m immediate -l $folder/server.log restart"
  POSTGRES_STOP="${as[*]} $bin/pg_ctl -D $folder/data -m immediate stop"
}

# start_redis FOLDER → sets REDIS_URL.
start_redis() {
  local folder=$1 port
  port=$(free_port)
  mkdir -p "$folder"
  local start="redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir $folder --daemonize yes --pidfile $folder/pid"
  sh -c "$start" >"$folder.log" 2>&1 || fail "Redis did not start: $(tail -3 "$folder.log")"
  REDIS_URL="redis://127.0.0.1:$port/"
  REDIS_RESTART="redis-cli -p $port shutdown nosave; $start"
  REDIS_STOP="redis-cli -p $port shutdown nosave"
}
