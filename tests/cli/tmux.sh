# shellcheck shell=bash disable=SC2154 # what lib.sh sets, and screen_code in a trap
# Sourced behind lib.sh by tests that need a terminal: one of tmux, with a shell in it.
#
#   screen_open COLUMNS ROWS    opens it
#   screen_type KEYS...         sends keys, as tmux names them (Enter, C-c, Down), or text
#   screen_shows REGEX          waits until a line of the screen matches (extended); fails after a minute
#   screen_hides REGEX          waits until none does
#   screen_text                 prints what stands there
#   screen_run COMMAND          types a command on an empty screen
#   screen_ended CODE           waits until it has ended, with this exit code
#   screen_tmux ARGS...         any other command of tmux
screen_tmux() {
	tmux -L "$test_name-$$" -f /dev/null "$@"
}

# the code of the test must reach finish
trap 'screen_code=$?; set +e; screen_tmux kill-server 2>/dev/null; (exit $screen_code); finish' EXIT

screen_open() {
	screen_tmux new-session -d -x "$1" -y "$2" 'PS1="\$ " exec sh'
	screen_shows '^\$ *$'
}

screen_type() {
	local key
	for key; do
		case $key in
		Enter | Escape | Up | Down | Left | Right | PageUp | PageDown | Home | End | BSpace | C-?)
			screen_tmux send-keys "$key"
			;;
		*) screen_tmux send-keys -l -- "$key" ;;
		esac
	done
}

screen_text() {
	screen_tmux capture-pane -p
}

screen_matches() {
	screen_text | found -E -- "$1"
}

screen_matches_not() {
	! screen_matches "$1"
}

screen_shows() {
	wait_until screen_matches "$1"
}

screen_hides() {
	wait_until screen_matches_not "$1"
}

screen_run() {
	screen_mark=$((${screen_mark:-0} + 1))
	screen_type "printf '\\033[H\\033[2J'; $1; echo \"$screen_mark ended with \$?\"" Enter
}

screen_ended() {
	screen_shows "^$screen_mark ended with $1\$"
}
