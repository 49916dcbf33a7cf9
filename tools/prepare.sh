# Sourced by the other tools: what they need, how it is installed, and plain words when it cannot be.

readonly swift_needed=6.2

heading() { printf '\n== %s\n' "$*"; }

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Swift itself is not installed by us: its size and its place are for the reader to choose.
require_swift() {
    command -v swift >/dev/null || fail "Swift is not installed (or not on PATH)." \
        "Swift $swift_needed or later is needed: https://www.swift.org/install/linux/"
    local found
    found=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)*).*/\1/p;q')
    [ -n "$found" ] || fail "'swift --version' says no version; is $(command -v swift)" \
        "the Swift compiler? It can be had from https://www.swift.org/install/linux/"
    [ "$(printf '%s\n' "$swift_needed" "$found" | sort -V | sed 1q)" = "$swift_needed" ] ||
        fail "Swift $found is too old; $swift_needed or later is needed:" \
            "https://www.swift.org/install/linux/"
}

# Whether a Python has a module: the first on PATH, or Debian's.
have_module() { python3 -c "import $1" || /usr/bin/python3 -c "import $1"; }

# Whether what a Debian package brings is there, whoever brought it.
have() {
    case $1 in
        liblz4-dev) pkg-config --exists liblz4 ;;
        pkg-config) command -v pkg-config ;;
        libsqlite3-dev) pkg-config --exists sqlite3 ;;
        libmpack-dev) pkg-config --exists mpack ;;
        zlib1g-dev) pkg-config --exists zlib ;;
        libssl-dev) pkg-config --exists 'libcrypto >= 3.0' ;;
        librocksdb-dev) pkg-config --exists rocksdb ;;
        liblmdb-dev) pkg-config --exists lmdb ;;
        lz4) command -v lz4cat && command -v lz4 ;;
        tmux) command -v tmux ;;
        python3) command -v python3 ;;
        python3-lz4) have_module lz4.frame ;;
        python3-cryptography) have_module cryptography ;;
        *) false ;;
    esac >/dev/null 2>&1
}

# require_packages PACKAGE...: installs the Debian packages whose work is not there yet.
require_packages() {
    local package missing=() as_root=()
    for package in "$@"; do have "$package" || missing+=("$package"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "missing: ${missing[*]} (Debian's names)." \
        "There is no apt-get here; install them with your system's own packages."
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "missing: ${missing[*]}. Neither root nor sudo is at" \
            "hand; ask for: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    heading "Installing ${missing[*]}"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q
        --no-install-recommends "${missing[@]}")
    # The lists of a fresh system are empty, so the first try may not find the packages.
    "${as_root[@]}" "${install[@]}" >/dev/null 2>&1 ||
        { "${as_root[@]}" apt-get update -q >/dev/null && "${as_root[@]}" "${install[@]}"; } ||
        fail "apt-get could not install ${missing[*]}; see its words above"
    for package in "${missing[@]}"; do
        have "$package" || fail "$package is installed but does not answer"
    done
}
