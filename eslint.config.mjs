// What the scripts of the pages may use: what the oldest browsers of the offices know (browserslist in package.json).
import compat from "eslint-plugin-compat";
import globals from "globals";

export default [
  {
    files: ["canbao/web/static/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: { ...globals.browser, echarts: false } },
    plugins: { compat },
    settings: { lintAllEsApis: true },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "compat/compat": "error",
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-alert": "error", // dialogs are our own
      "no-restricted-globals": ["error", "alert", "confirm", "prompt"],
      "no-restricted-syntax": ["error",
        { selector: "NewExpression[callee.name=FormData][arguments.length>1]", message: "Chromium 112 and later; append the button yourself." },
        { selector: "MemberExpression[object.name=AbortSignal]", message: "Chromium 103 and later; use canbao/limit.js." },
        { selector: "AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]", message: "Texts are set as texts." },
      ],
    },
  },
];
