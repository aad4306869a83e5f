/** @type {import("stylelint").Config} */
export default {
  extends: ["stylelint-config-standard"],
  rules: {
    "no-descending-specificity": null,
    // Names of Tabler, Tom Select and bpmn.io are theirs to choose.
    "selector-class-pattern": null,
    "custom-property-pattern": null,
    // Chrome 109 knows neither nesting nor range media queries.
    "media-feature-range-notation": "prefix",
    "color-function-notation": null,
    "alpha-value-notation": null,
  },
};
