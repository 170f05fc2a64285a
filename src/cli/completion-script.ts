/** The scripts that make shells complete command lines of logitfuzz: each asks the command itself. */
import { completeVerb } from './completion.ts';
import type { Shell } from './completion-values.ts';

/** Where logitfuzz is in a project only, npx finds it there, and fetches nothing. */
const ask = `if command -v logitfuzz >/dev/null 2>&1; then logitfuzz ${completeVerb} "$@" 2>/dev/null
  else npx --no-install logitfuzz ${completeVerb} "$@" 2>/dev/null
  fi`;

const bash = `# logitfuzz completion for bash: logitfuzz completion bash >> ~/.bashrc
_logitfuzz_ask() {
  ${ask}
}
_logitfuzz() {
  local line paths= cur="\${COMP_WORDS[COMP_CWORD]}"
  [[ $cur == "=" ]] && cur=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $paths ]]; then paths=$line; else COMPREPLY+=("$line"); fi
  done < <(_logitfuzz_ask "\${COMP_WORDS[@]:1:COMP_CWORD}")
  if [[ $paths == files || $paths == folders ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      if [[ $paths == files ]]; then compgen -f -- "$cur"; else compgen -d -- "$cur"; fi
    )
  fi
}
complete -F _logitfuzz logitfuzz
`;

const zsh = `#compdef logitfuzz
# logitfuzz completion for zsh: logitfuzz completion zsh >> ~/.zshrc
_logitfuzz_ask() {
  ${ask}
}
_logitfuzz() {
  local -a lines
  local paths
  lines=("\${(@f)$(_logitfuzz_ask "\${(@)words[2,CURRENT]}")}")
  paths=$lines[1]
  shift lines
  if [[ $PREFIX == --*=* ]]; then
    compset -P '*='
    lines=("\${(@)lines#--*=}")
  fi
  (( $#lines )) && compadd -- "\${(@)lines}"
  case $paths in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
  _logitfuzz "$@"
else
  compdef _logitfuzz logitfuzz
fi
`;

const fish = `# logitfuzz completion for fish: logitfuzz completion fish > ~/.config/fish/completions/logitfuzz.fish
function __logitfuzz_ask
  if command -q logitfuzz
    command logitfuzz ${completeVerb} $argv 2>/dev/null
  else
    npx --no-install logitfuzz ${completeVerb} $argv 2>/dev/null
  end
end
function __logitfuzz_complete
  set -l words (commandline -opc)
  set -e words[1]
  set -l current (commandline -ct)
  set -l lines (__logitfuzz_ask $words "$current")
  for line in $lines[2..]
    echo $line
  end
  set -l head (string match -r -- '^--[\\w-]+=' "$current")
  set -l rest (string replace -r -- '^--[\\w-]+=' '' "$current")
  switch "$lines[1]"
    case files
      for path in (__fish_complete_path "$rest"); echo "$head$path"; end
    case folders
      for path in (__fish_complete_directories "$rest" ''); echo "$head$path"; end
  end
end
complete -c logitfuzz -f -a '(__logitfuzz_complete)'
`;

export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
