#!/bin/sh
# Clones from the sandbox as actions/checkout v7 does from GitHub. Inputs come through the environment alone.
set -eu
fail() { echo "::error::$1"; exit 1; }

repository=${INPUT_REPOSITORY:-$GITHUB_REPOSITORY}
ref=$INPUT_REF
case "$INPUT_PATH" in /* | .. | ../* | */.. | */../*) fail "path $INPUT_PATH is not below the workspace" ;; esac
case "$INPUT_DEPTH" in '' | *[!0-9]*) fail "fetch-depth is not a number: $INPUT_DEPTH" ;; esac

# The real one refuses a fork's code where the job is trusted (checkout v7).
if [ "$GITHUB_EVENT_NAME" = workflow_run ] && [ "$INPUT_UNSAFE" != true ] && [ "$RUN_HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ]; then
    case "$ref" in refs/pull/* | pull/* | "$RUN_HEAD_SHA")
        [ -z "$ref" ] || fail "refusing to check out a fork's pull request in a workflow_run job; see allow-unsafe-pr-checkout" ;;
    esac
    [ "$repository" != "$RUN_HEAD_REPOSITORY" ] || fail "refusing to check out a fork in a workflow_run job; see allow-unsafe-pr-checkout"
fi

workspace=${GITHUB_WORKSPACE}
place=$workspace${INPUT_PATH:+/$INPUT_PATH}
mkdir -p "$place"
cd "$place"
if [ -d .git ]; then
    if [ "$INPUT_CLEAN" = true ]; then git clean -ffdxq; git reset -q --hard || true; fi
else
    find . -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +
    git -c init.defaultBranch=main init -q .
fi
server=${GITHUB_SERVER_URL%/}
git remote remove origin 2>/dev/null || true
git remote add origin "$server/$repository"

export GIT_TERMINAL_PROMPT=0
header=$(printf 'x-access-token:%s' "$INPUT_TOKEN" | base64 | tr -d '\n')
echo "::add-mask::$header"
if [ -n "$INPUT_TOKEN" ]; then
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$server/.extraheader" GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $header"
fi

commit=
if [ -z "$ref" ]; then
    if [ "$repository" = "$GITHUB_REPOSITORY" ]; then
        ref=$GITHUB_REF commit=$GITHUB_SHA
    else
        ref=$(git ls-remote --symref origin HEAD | sed -n 's/^ref: \(.*\)\tHEAD$/\1/p')
        [ -n "$ref" ] || fail "$repository cannot be read: it is not there, or the token may not"
    fi
elif [ "${#ref}" = 40 ] && [ -z "$(printf %s "$ref" | tr -d 0-9a-f)" ]; then
    commit=$ref ref=
else
    case "$ref" in
    refs/*) ;;
    *)
        found=$(git ls-remote origin "refs/heads/$ref" "refs/tags/$ref" | cut -f 2)
        case "$found" in *refs/heads/*) ref=refs/heads/$ref ;; *refs/tags/*) ref=refs/tags/$ref ;;
        *) fail "a branch or tag $ref is not in $repository, or the token may not read it" ;; esac ;;
    esac
fi

case "$ref" in
refs/heads/*) kept=refs/remotes/origin/${ref#refs/heads/} ;;
refs/pull/*) kept=refs/remotes/${ref#refs/} ;;
*) kept=$ref ;;
esac
fetch() {
    git -c protocol.version=2 fetch -q --no-tags "$@" || fail "$repository cannot be fetched: it is not there, or the token may not read it"
}
if [ "$INPUT_DEPTH" -gt 0 ]; then
    set -- "--depth=$INPUT_DEPTH" origin
    if [ "$INPUT_TAGS" = true ]; then set -- "$@" '+refs/tags/*:refs/tags/*'; fi
    fetch "$@" "+${commit:-$ref}${kept:+:$kept}"
else
    fetch --prune origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
    case "$kept" in
    refs/remotes/origin/* | refs/tags/*)
        if [ -n "$commit" ]; then
            git cat-file -e "$commit" 2>/dev/null || fetch origin "$commit"
            git update-ref "$kept" "$commit"
        fi ;;
    *) fetch origin "+${commit:-$ref}${kept:+:$kept}" ;;
    esac
fi

case "$ref" in
refs/heads/*) git checkout -q --force -B "${ref#refs/heads/}" "$kept" ;;
'') git checkout -q --force --detach "$commit" ;;
*) git checkout -q --force --detach "$kept" ;;
esac

if [ "$INPUT_PERSIST" = true ] && [ -n "$INPUT_TOKEN" ]; then
    kept_in=$(mktemp "$RUNNER_TEMP/git-credentials-XXXXXX")
    printf '[http "%s/"]\n\textraheader = AUTHORIZATION: basic %s\n' "$server" "$header" > "$kept_in"
    git config --local include.path "$kept_in"
fi
{ echo "ref=$ref"; echo "commit=$(git rev-parse HEAD)"; } >> "$GITHUB_OUTPUT"
echo "$repository at $(git rev-parse HEAD)"
